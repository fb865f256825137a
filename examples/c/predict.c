/* Runs a network on zeros and prints what comes out: the least that a program with Orée inside does.
 *
 *   cc predict.c -I../../src/nodes/library -L../../build/release/lib -loree -o predict
 *   LD_LIBRARY_PATH=../../build/release/lib ./predict model.onnx
 */
#include <oree.h>
#include <stdio.h>
#include <stdlib.h>

static const size_t kBytes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 0};

static int stop(const char* what, const oree_error* error) {
  fprintf(stderr, "%s: %s\n", what, error->message);
  return 1;
}

/* Zeros for an input; open dimensions are 1. */
static oree_tensor zeros(const oree_port* port) {
  int64_t* shape = calloc(port->rank + 1, sizeof *shape);
  size_t bytes = kBytes[port->dtype];
  for (size_t i = 0; i < port->rank; ++i) {
    shape[i] = port->shape[i] < 0 ? 1 : port->shape[i];
    bytes *= (size_t)shape[i];
  }
  oree_tensor tensor = {port->dtype, port->rank, shape, calloc(1, bytes + 1), bytes};
  return tensor;
}

int main(int count, char** words) {
  oree_error error;
  oree_runtime* runtime = NULL;
  oree_model* model = NULL;
  oree_result* result = NULL;
  if (count != 2) {
    fprintf(stderr, "usage: predict MODEL\n");
    return 2;
  }
  if (oree_open(NULL, &runtime, &error) != OREE_OK) return stop("oree", &error);
  if (oree_load(runtime, words[1], NULL, &model, &error) != OREE_OK) return stop(words[1], &error);

  const size_t ins = oree_input_count(model), outs = oree_output_count(model);
  oree_tensor* inputs = calloc(ins + 1, sizeof *inputs);
  oree_tensor* outputs = calloc(outs + 1, sizeof *outputs);
  for (size_t i = 0; i < ins; ++i) inputs[i] = zeros(oree_input(model, i));
  if (oree_run(model, inputs, ins, outputs, outs, &result, &error) != OREE_OK) return stop("run", &error);

  printf("%s, by %s\n", words[1], oree_backend(model));
  for (size_t i = 0; i < outs; ++i) {
    printf("%s: [", oree_output(model, i)->name);
    for (size_t k = 0; k < outputs[i].rank; ++k) printf("%s%lld", k ? "," : "", (long long)outputs[i].shape[k]);
    printf("], %zu bytes\n", outputs[i].bytes);
  }

  oree_result_free(result);
  oree_unload(model);
  oree_close(runtime);
  for (size_t i = 0; i < ins; ++i) {
    free((void*)inputs[i].shape);
    free(inputs[i].data);
  }
  free(inputs);
  free(outputs);
  return 0;
}
