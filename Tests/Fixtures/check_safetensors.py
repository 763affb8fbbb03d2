"""Reads a file with the `safetensors` package and writes it again with it.

usage: check_safetensors.py INPUT OUTPUT        (needs safetensors and numpy)
"""

import sys

from safetensors import safe_open
from safetensors.numpy import save_file

source, target = sys.argv[1:]
with safe_open(source, framework="numpy") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    metadata = file.metadata()
for name, tensor in sorted(tensors.items()):
    print(name, tensor.dtype, tensor.shape)
save_file(tensors, target, metadata=metadata)
