"""`simple` for Triton's Python backend: the only one in the server that a package registry brings."""
import triton_python_backend_utils as utils


class TritonPythonModel:
    def execute(self, requests):
        answers = []
        for request in requests:
            first = utils.get_input_tensor_by_name(request, "INPUT0").as_numpy()
            second = utils.get_input_tensor_by_name(request, "INPUT1").as_numpy()
            answers.append(utils.InferenceResponse([utils.Tensor("OUTPUT0", first + second),
                                                    utils.Tensor("OUTPUT1", first - second)]))
        return answers
