package onnx

import "google.golang.org/protobuf/encoding/protowire"

// Numbers of the fields of ONNX's messages (onnx.proto3), as far as they are read or
// written.
const (
	modelIRVersion   protowire.Number = 1
	modelProducer    protowire.Number = 2
	modelGraph       protowire.Number = 7
	modelOpset       protowire.Number = 8
	modelMetadata    protowire.Number = 14
	opsetDomain      protowire.Number = 1
	opsetVersion     protowire.Number = 2
	entryKey         protowire.Number = 1
	entryValue       protowire.Number = 2
	graphNode        protowire.Number = 1
	graphName        protowire.Number = 2
	graphInitializer protowire.Number = 5
	graphInput       protowire.Number = 11
	graphOutput      protowire.Number = 12
	graphSparse      protowire.Number = 15

	nodeInput     protowire.Number = 1
	nodeOutput    protowire.Number = 2
	nodeName      protowire.Number = 3
	nodeOp        protowire.Number = 4
	nodeAttribute protowire.Number = 5
	nodeDomain    protowire.Number = 7

	attributeName   protowire.Number = 1
	attributeF      protowire.Number = 2
	attributeI      protowire.Number = 3
	attributeS      protowire.Number = 4
	attributeTensor protowire.Number = 5
	attributeInts   protowire.Number = 8
	attributeType   protowire.Number = 20

	operandName     protowire.Number = 1
	operandType     protowire.Number = 2
	typeTensor      protowire.Number = 1
	tensorTypeElem  protowire.Number = 1
	tensorTypeShape protowire.Number = 2
	shapeDimension  protowire.Number = 1
	dimensionValue  protowire.Number = 1
	dimensionParam  protowire.Number = 2

	tensorDims     protowire.Number = 1
	tensorType     protowire.Number = 2
	tensorSegment  protowire.Number = 3
	tensorFloats   protowire.Number = 4
	tensorInt32s   protowire.Number = 5
	tensorInt64s   protowire.Number = 7
	tensorName     protowire.Number = 8
	tensorRaw      protowire.Number = 9
	tensorDoubles  protowire.Number = 10
	tensorExternal protowire.Number = 13
	tensorLocation protowire.Number = 14
)

// Kinds of an attribute, its AttributeType.
const (
	isFloat  = 1
	isInt    = 2
	isString = 3
	isTensor = 4
	isInts   = 7
)
