/* oree.h: run networks inside one's own program, in C.
 *
 *   oree_error error;
 *   oree_runtime* runtime = NULL;
 *   oree_model* model = NULL;
 *   if (oree_open(NULL, &runtime, &error) != OREE_OK) …        error.message says what and what to do
 *   if (oree_load(runtime, "model.onnx", NULL, &model, &error) != OREE_OK) …
 *   oree_tensor in = {.dtype = OREE_FP32, .rank = 2, .shape = shape, .data = numbers, .bytes = sizeof
 * numbers}; oree_tensor out = {0}; oree_result* result = NULL; if (oree_run(model, &in, 1, &out, 1, &result,
 * &error) == OREE_OK) …  out.data, out.shape oree_result_free(result);  oree_unload(model);
 * oree_close(runtime);
 *
 * Threads: a runtime and a model may be used from any number of threads at once; oree_run() too. Freeing
 * something while another thread uses it is the caller's fault. A model may outlive its runtime, a result its
 * model. Errors: every function that can fail returns a code and, where `error` is not NULL, fills it.
 * Nothing is thrown, printed or aborted on bad input. Versions: SemVer. Within one major version functions
 * are only added, and structs that a caller fills begin with their size, so that new fields at their end are
 * zero for old callers. While the major version is 0, the minor one counts as the major. */
#ifndef OREE_H
#define OREE_H

#include <stddef.h>
#include <stdint.h>

#define OREE_VERSION_MAJOR 0
#define OREE_VERSION_MINOR 1
#define OREE_VERSION_PATCH 0

#if defined(__GNUC__)
#define OREE_API __attribute__((visibility("default")))
#else
#define OREE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Of the library that is loaded: "0.1.0". */
OREE_API const char* oree_version(void);

typedef enum oree_code {
  OREE_OK = 0,
  OREE_INVALID = 1,   /* what was given makes no sense; the message names it */
  OREE_NOT_FOUND = 2, /* no such file, model, backend */
  OREE_CONFLICT = 3,
  OREE_DENIED = 4,
  OREE_TIMEOUT = 5,
  OREE_BUSY = 6,
  OREE_UNAVAILABLE = 7, /* a library is not installed, a device does not answer */
  OREE_FULL = 8,        /* no memory, no room */
  OREE_CORRUPT = 9,
  OREE_UNSUPPORTED = 10, /* understood, and not possible here */
  OREE_BUG = 11          /* of the library; please report it */
} oree_code;

typedef struct oree_error {
  oree_code code;
  char message[1020]; /* UTF-8, ends with a zero; longer ones are cut */
} oree_error;

typedef enum oree_dtype {
  OREE_BOOL = 0,
  OREE_UINT8 = 1,
  OREE_UINT16 = 2,
  OREE_UINT32 = 3,
  OREE_UINT64 = 4,
  OREE_INT8 = 5,
  OREE_INT16 = 6,
  OREE_INT32 = 7,
  OREE_INT64 = 8,
  OREE_FP16 = 9,
  OREE_BF16 = 10,
  OREE_FP32 = 11,
  OREE_FP64 = 12,
  OREE_BYTES = 13 /* texts: for each its length as uint32, little-endian, then its bytes */
} oree_dtype;

typedef struct oree_runtime oree_runtime;
typedef struct oree_model oree_model;
typedef struct oree_result oree_result;

typedef struct oree_open_options {
  size_t size;              /* sizeof(oree_open_options) */
  const char* measurements; /* the file in which backend "auto" remembers what it measured; NULL: nowhere */
} oree_open_options;

typedef struct oree_load_options {
  size_t size; /* sizeof(oree_load_options) */
  const char*
      backend; /* "onnxruntime", "litert", "openvino", "auto"; NULL: the first that reads the format */
  int threads; /* inside one run; 0: 1 */
} oree_load_options;

/* An input or output of a model; borrowed from it. */
typedef struct oree_port {
  const char* name;
  oree_dtype dtype;
  size_t rank;
  const int64_t* shape; /* -1: may differ from run to run */
} oree_port;

typedef struct oree_tensor {
  oree_dtype dtype;
  size_t rank;
  const int64_t* shape;
  void* data; /* row-major, little-endian, aligned for its datatype */
  size_t bytes;
} oree_tensor;

/* `options` may be NULL. No library is opened before a model wants it. */
OREE_API oree_code oree_open(const oree_open_options* options, oree_runtime** runtime, oree_error* error);
OREE_API void oree_close(oree_runtime* runtime); /* NULL is fine, here and below */

/* Reads a model file: .onnx, .tflite, OpenVINO's .xml. `options` may be NULL. */
OREE_API oree_code oree_load(oree_runtime* runtime, const char* file, const oree_load_options* options,
                             oree_model** model, oree_error* error);
OREE_API void oree_unload(oree_model* model);

/* The signature. NULL beyond the last one. */
OREE_API const char* oree_backend(const oree_model* model);
OREE_API size_t oree_input_count(const oree_model* model);
OREE_API size_t oree_output_count(const oree_model* model);
OREE_API const oree_port* oree_input(const oree_model* model, size_t index);
OREE_API const oree_port* oree_output(const oree_model* model, size_t index);

/* Inputs and outputs in the order of the signature, all of them. An output with `data` is written there and
 * must have dtype, shape and bytes as the model makes them; one without is filled with memory that `result`
 * owns. `result` may be NULL when every output has `data`; else it is to be freed, also after a failure (it
 * is NULL then). */
OREE_API oree_code oree_run(const oree_model* model, const oree_tensor* inputs, size_t input_count,
                            oree_tensor* outputs, size_t output_count, oree_result** result,
                            oree_error* error);
OREE_API void oree_result_free(oree_result* result);

#ifdef __cplusplus
}
#endif

#endif /* OREE_H */
