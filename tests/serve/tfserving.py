"""TensorFlow Serving's own messages and a client written for it, against reckon: python tfserving.py HOST:PORT MODEL.

The messages are those of the package tensorflow-serving-api; what they need of TensorFlow itself is in ovmsclient."""
import json
import os
import sys
import urllib.request

place, model = sys.argv[1:]


def get(path):
    with urllib.request.urlopen(f"http://{place}{path}") as answer:
        return answer.read().decode()


def parse_messages():
    import ovmsclient
    sys.path.append(os.path.join(os.path.dirname(ovmsclient.__file__), "tfs_compat", "protos"))
    from google.protobuf import json_format
    from tensorflow_serving.apis import get_model_metadata_pb2 as metadata
    from tensorflow_serving.apis import get_model_status_pb2 as status

    for path in (f"/v1/models/{model}", f"/v1/models/{model}/versions/1", f"/v1/models/{model}/labels/production"):
        answer = json_format.Parse(get(path), status.GetModelStatusResponse())
        first = answer.model_version_status[0]
        assert (first.version, first.state, first.status.error_code) == (1, first.AVAILABLE, 0), answer

    answer = json.loads(get(f"/v1/models/{model}/metadata"))
    signatures = json_format.ParseDict(answer["metadata"]["signature_def"], metadata.SignatureDefMap())
    one = signatures.signature_def["serving_default"]
    assert one.method_name == "tensorflow/serving/predict"
    kinds = {name: (t.dtype, len(t.tensor_shape.dim)) for name, t in [*one.inputs.items(), *one.outputs.items()]}
    assert kinds == {"user": (7, 1), "history": (7, 2), "n": (3, 1), "items": (7, 2), "scores": (1, 2)}, kinds
    # the whole, as the server itself would say it: the map is an Any there
    whole = dict(answer, metadata={"signature_def": {"@type": "type.googleapis.com/tensorflow.serving.SignatureDefMap",
                                                     **answer["metadata"]["signature_def"]}})
    parsed = json_format.ParseDict(whole, metadata.GetModelMetadataResponse())
    assert (parsed.model_spec.name, parsed.model_spec.version.value) == (model, 1), parsed.model_spec


def use_client():
    import ovmsclient
    client = ovmsclient.make_http_client(place)
    assert client.get_model_status(model) == {1: {"state": "AVAILABLE", "error_code": 0, "error_message": ""}}
    assert client.get_model_status(model, model_version=1)[1]["state"] == "AVAILABLE"
    assert client.get_model_metadata(model)["model_spec"]["name"] == model
    outputs = client.predict({"user": ["u007", "u008"], "n": [3, 3]}, model)
    assert outputs["items"].shape == outputs["scores"].shape == (2, 3), outputs
    assert (outputs["scores"][:, :-1] >= outputs["scores"][:, 1:]).all()
    for wrong, kind in (({"user": ["u007"]}, "ModelNotFoundError"), ({"who": ["u007"]}, "InvalidInputError")):
        try:
            client.predict(wrong, "nothing" if kind == "ModelNotFoundError" else model)
        except Exception as error:
            assert type(error).__name__ == kind, (kind, error)
        else:
            raise AssertionError(kind)


# the two bring the same messages, and one process can hold them once
if os.fork() == 0:
    parse_messages()
    os._exit(0)
assert os.wait()[1] == 0, "the messages"
use_client()
print("good")
