// Package torch reads the tensors of a state dict from files of torch.save: zip
// archives (.pt, .pth, since PyTorch 1.6) and what came before (often .th, .pth.tar).
//
//  1. Read tells the two apart and finds the records: the pickle of what was saved,
//     and the storages, arrays of one type that tensors are views of.
//  2. A machine (machine.go) runs the pickle. It knows the opcodes of protocols 2 to 5
//     and a fixed list of names (globals.go), builds dictionaries, lists and views,
//     and never runs code: a name that is not on the list is an error that says it.
//  3. stateDict finds the dictionary of tensors in what was saved, which is often an
//     entry among the epoch, the accuracy and the state of the optimizer.
//  4. A view becomes a tensor, row-major; contiguous ones share the bytes of the file.
//
// Memory: the file, a bounded number of objects for its pickle (maxSteps), and copies
// of strided views of at most twice the file. Nothing is allocated for a length
// that is only claimed, and compressed archives, which torch.save does not write, are
// refused.
//
// The reader is our own: github.com/nlpodyssey/gopickle v0.3.0, made for the
// same, allocates 2 GiB for five bytes, takes 14 s for a whole number of 512 KiB,
// panics at an empty one, at opcode 255 and at a view of a legacy file, and does not
// know _rebuild_tensor, by which files up to PyTorch 0.3 make all their tensors.
package torch
