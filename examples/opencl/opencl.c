// An addon for Node that squares numbers by OpenCL, and tells a frame graph when that is done.
// CMakeLists.txt builds it where there are OpenCL's headers.
//
// One thread calls it, and the memory it is given stays until it says that it is done.

#define CL_TARGET_OPENCL_VERSION 120
#define NAPI_VERSION 8

#include <CL/cl.h>
#include <fcntl.h>
#include <heddle/completion.h>
#include <node_api.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char const* kernel_source =
    "kernel void square(global uint* values) {"
    "  size_t i = get_global_id(0);"
    "  values[i] *= values[i];"
    "}";

static cl_context context;
static cl_command_queue queue;
static cl_kernel kernel;

// Whom to tell: a descriptor, or else a completion.
struct fence {
  int descriptor;
  heddle_completion* completion;
};

// The device is done: called on a thread of the driver's. Of work that has failed nobody is told;
// the node's `timeout` is for that.
static void CL_CALLBACK work_done(cl_event event, cl_int status, void* argument) {
  struct fence* const fence = argument;
  uint64_t const one = 1;
  (void)event;
  if (status == CL_COMPLETE && fence->completion != NULL) heddle_signal(fence->completion);
  if (fence->descriptor >= 0) {
    if (status == CL_COMPLETE && write(fence->descriptor, &one, sizeof(one)) < 0) perror("fence");
    close(fence->descriptor);
  }
  free(fence);
}

// Submits, and returns at once. If it returns 0, `fence` will be told, and freed.
static cl_int submit(cl_uint* values, size_t count, struct fence* fence) {
  size_t const bytes = count * sizeof(cl_uint);
  cl_int error;
  cl_event event = NULL;
  cl_mem memory = clCreateBuffer(context, CL_MEM_READ_WRITE, bytes, NULL, &error);
  if (error) return error;
  error = clSetKernelArg(kernel, 0, sizeof(memory), &memory);
  if (!error)
    error = clEnqueueWriteBuffer(queue, memory, CL_FALSE, 0, bytes, values, 0, NULL, NULL);
  if (!error) error = clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &count, NULL, 0, NULL, NULL);
  if (!error)
    error = clEnqueueReadBuffer(queue, memory, CL_FALSE, 0, bytes, values, 0, NULL, &event);
  if (!error) error = clSetEventCallback(event, CL_COMPLETE, work_done, fence);
  if (error) clFinish(queue);  // Nothing of it uses `values` when it has failed.
  clFlush(queue);
  if (event != NULL) clReleaseEvent(event);
  clReleaseMemObject(memory);  // What is queued keeps it.
  return error;
}

static napi_value fail(napi_env env, char const* message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

// square(values: Uint32Array, fence: number | bigint): tells a descriptor, or a completion.
static napi_value square(napi_env env, napi_callback_info info) {
  napi_value given[2];
  size_t given_count = 2;
  napi_typedarray_type type;
  size_t count;
  void* values;
  napi_get_cb_info(env, info, &given_count, given, NULL, NULL);
  if (napi_get_typedarray_info(env, given[0], &type, &count, &values, NULL, NULL) != napi_ok ||
      type != napi_uint32_array)
    return fail(env, "values must be a Uint32Array");

  int descriptor = -1;
  uint64_t pointer = 0;
  bool is_exact;
  // It is its own from here on: whoever gave it may close theirs, at any time.
  if (napi_get_value_int32(env, given[1], &descriptor) == napi_ok)
    descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  else
    napi_get_value_bigint_uint64(env, given[1], &pointer, &is_exact);
  if (descriptor < 0 && pointer == 0) return fail(env, "fence must be a descriptor or a pointer");

  struct fence* const fence = malloc(sizeof(*fence));
  if (fence == NULL) abort();
  *fence = (struct fence){descriptor, (heddle_completion*)(uintptr_t)pointer};
  if (submit(values, count, fence) == 0) return NULL;
  if (descriptor >= 0) close(descriptor);
  free(fence);
  return fail(env, "OpenCL has refused it");
}

// The first device of any platform, with the kernel compiled for it. Its name goes to `name`.
static cl_int start(char* name, size_t name_bytes) {
  cl_platform_id platforms[8];
  cl_uint platform_count = 0;
  cl_device_id device = NULL;
  cl_int error = clGetPlatformIDs(8, platforms, &platform_count);
  for (cl_uint i = 0; i < platform_count && i < 8 && device == NULL; ++i)
    error = clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &device, NULL);
  if (error) return error;
  clGetDeviceInfo(device, CL_DEVICE_NAME, name_bytes, name, NULL);
  context = clCreateContext(NULL, 1, &device, NULL, NULL, &error);
  if (!error) queue = clCreateCommandQueue(context, device, 0, &error);
  cl_program program = NULL;
  if (!error) program = clCreateProgramWithSource(context, 1, &kernel_source, NULL, &error);
  if (!error) error = clBuildProgram(program, 1, &device, "", NULL, NULL);
  if (!error) kernel = clCreateKernel(program, "square", &error);
  return error;
}

NAPI_MODULE_INIT() {
  char name[256] = "";
  napi_value value;
  if (start(name, sizeof(name))) return fail(env, "there is no OpenCL device");
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &value);
  napi_set_named_property(env, exports, "device", value);
  napi_create_function(env, "square", NAPI_AUTO_LENGTH, square, NULL, &value);
  napi_set_named_property(env, exports, "square", value);
  return exports;
}
