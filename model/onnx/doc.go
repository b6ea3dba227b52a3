// Package onnx reads a network from an ONNX file, its layers as an nn.Config and
// their weights as tensors in PyTorch's layout and under PyTorch's names, and writes one
// (Model, in write.go).
//
// Reading:
//
//  1. decode reads the protobuf messages that count (model.go, tensor.go), off the wire
//     (wire.go); schema.go has the numbers of their fields.
//  2. A builder goes through the nodes that the output depends on. Nodes of constants
//     are computed (fold.go); a node that reads what the layers emit becomes a layer
//     (linear.go, pool.go), or changes how what it reads is taken (shape.go), or is
//     folded into the layer before it.
//  3. Shapes come from nn. Images are taken one by one, whatever the file says of the size
//     of the batch; where that is fixed, nodes may compute with it.
//  4. Layers get the owner's names (name.go).
//
// Nothing is skipped in silence: an operator, a setting or a shape that does not have
// its equal in a network here is an error that names the node, the operator and what is
// supported.
//
// Memory: the file, its constants as float32, and of what is computed of them and of the
// weights of the layers at most two values for each byte of the file and a million more,
// twice.
package onnx
