#pragma once
/// \file
/// Fork and join: see KernelContext, which every function that forks is handed.

#include "sched/kernel_context.h"
