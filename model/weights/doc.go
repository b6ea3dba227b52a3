// Package weights is a network's weights as files of other tools.
//
//  1. Files writes a network as SciPy, NumPy and PyTorch read it, dense or in a
//     sparse format, masks included, or whole as ONNX. One that came from a file goes
//     out under the names that it has there.
//  2. Sizes says what each layer takes in each format.
//  3. Open reads the file of a network that was trained elsewhere, Bring makes a
//     network of it, and names what does not fit; Read does both. Layers reads also
//     the layers, where the file has them. WriteTrained keeps such a network with what
//     the file calls its tensors, and ReadOrigins tells that.
//
// Tensors have the names and the layout of PyTorch: LAYER.weight is O x I, of a
// convolution O x C x K x K, LAYER.bias has O values. A layer as a matrix has a
// row for every output unit or channel.
package weights
