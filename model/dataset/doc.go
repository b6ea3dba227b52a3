// Package dataset loads labelled images and cuts them into training,
// validation and test parts.
//
//  1. A Source says where to look; Identify finds a data set there and says
//     what it is: shape, sizes and the digest of its content.
//  2. Load reads it from whatever container it lies in (IDX files, CIFAR-10's
//     batches or archive, folders of images), as a Reading says where the files
//     leave it open, and cuts it as a Config says.
//  3. Images stay bytes; Splits carries the scale and shift that normalise a
//     batch when it is gathered, and Augment makes the random crops and flips.
//  4. What keeps a network from learning is said: classes that a part lacks
//     (Gaps), constant channels, copies (Info.Warnings).
//
// Known.Get downloads what is published. Nothing here draws batches or knows
// of networks.
package dataset
