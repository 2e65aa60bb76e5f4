"""Backend `litert`: from ONNX to a full-int8 TFLite model without TensorFlow.

simplify: batch 1, folded and fused by onnxruntime. ranges: each tensor's smallest and largest value. lower: ONNX
operators to channels-last TFLite ones. writer: the float flatbuffer. ai-edge-quantizer makes it int8.
"""

from __future__ import annotations

from edgeval.export.litert.convert import LIBRARIES, to_int8, versions

__all__ = ["LIBRARIES", "to_int8", "versions"]
