# Builds the addon where no prebuilt one fits (node-gyp-build), and the prebuilt ones (prebuildify).
# CMakeLists.txt has the same sources and flags, and says why each flag is there.
{
  "variables": {
    "liburing%": "<!(node native/gyp.cjs liburing)",
  },
  "targets": [{
    "target_name": "heddle",
    "sources": ["<!@(node native/gyp.cjs sources)"],
    "include_dirs": ["native", "native/include", "<!(node native/gyp.cjs include)"],
    "defines": [
      "NAPI_VERSION=8",
      "NAPI_DISABLE_CPP_EXCEPTIONS",
      "NODE_ADDON_API_DISABLE_DEPRECATED",
      "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
      "NDEBUG",
    ],
    "cflags!": ["-O3"],
    "cflags": [
      "-O2",
      "-Wall", "-Wextra",
      "-fvisibility=hidden",
      "-fno-omit-frame-pointer",
      "-ftls-model=initial-exec",
    ],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["-std=c++20", "-fno-exceptions", "-fno-rtti", "-fno-tree-slp-vectorize"],
    "conditions": [
      ["liburing=='none'", {
        "defines": ["HEDDLE_HAVE_LIBURING=0"],
      }, {
        "defines": ["HEDDLE_HAVE_LIBURING=1"],
        "libraries": ["<(liburing)"],
      }],
    ],
    "ldflags": [
      "-static-libstdc++", "-static-libgcc",
      "-Wl,--version-script=<(module_root_dir)/native/compat/exports.map",
      "-Wl,--exclude-libs,ALL",
      "-Wl,-z,nodelete",
      "-Wl,-z,noexecstack",
      "-Wl,@<(module_root_dir)/native/compat/glibc.wrap",
    ],
    "libraries": ["-lpthread"],
  }],
}
