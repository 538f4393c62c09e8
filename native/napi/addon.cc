// The module's entry: one Environment for each JavaScript environment that loads the addon.

#include "napi/environment.h"

using heddle::napi::Environment;

NODE_API_ADDON(Environment)
