// Package sparse stores pruned matrices: in which formats, how large each is,
// and as files that other tools read.
//
//  1. A Dense matrix with its mask, or FromPositions, gives a CSR.
//  2. CSR converts to and from every other format, bit for bit; what is kept
//     stays kept though it be zero.
//  3. Sizes and SizeOf say what each format takes, BreakEven from which density
//     on it pays, BestCode which relative index is smallest.
//  4. WriteNPZ and AddTensors write files, ReadNPZ and FromTensors read them.
//
// A matrix is m x n with a stored weights; a weight of a dense layer is in the
// row of its output and the column of its input, one of a convolution in the row
// of its output channel. The formats, for the first layer of LeNet-300-100 at
// 8 % density (300 x 784, a = 18,816), as float32 and int32 with relative codes
// of five bits and f fillers as they are expected; "break-even" is the density
// below which a format is smaller than the dense matrix:
//
//	format    numbers                bytes  times  break-even
//	dense     mn           235200  940800   1.00         -
//	csr       2a + m + 1    37933  151732   6.20   49.94 %
//	csc       2a + n + 1    38417  153668   6.12   49.83 %
//	coo       3a            56448  225792   4.17   33.33 %
//	bitmap    a + mn       254016  104664   8.99   96.87 %
//	relative  2(a + f)      40438   93513  10.06   86.49 %
//
// "Times" and "original" always refer to the dense float32 matrix.
//
// A relative index (Han, Mao, Dally 2016) of k bits adds k/32 to a float32, 15.6
// % with five bits, and q^N / (1 - q^N) fillers for each weight, with N = 2^k
// and q the fraction that is pruned:
//
//	density     k = 4     k = 5     k = 8    best k
//	 50.0 %     0.000     0.000     0.000         3
//	  8.0 %     0.358     0.075     0.000         6
//	  2.0 %     2.621     1.100     0.006         8
//	  1.0 %     5.732     2.636     0.083         9
//	  0.1 %    61.970    30.737     3.426        12
//
// The package is about storage. It does not train: the kernels of a network
// that trains sparsely are in package kernel.
package sparse
