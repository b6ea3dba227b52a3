package onnx

import (
	"fmt"

	"prunelab/model/nn"
)

// frame is how the windows of a convolution or a pooling lie on planes.
type frame struct {
	stride                   int
	top, left, bottom, right int // cells of padding
}

// even reports whether there is as much padding on each side.
func (f frame) even() bool { return f.top == f.bottom && f.top == f.left && f.top == f.right }

// pad is the padding as a layer of its own.
func (f frame) pad() nn.LayerConfig {
	return nn.LayerConfig{Kind: nn.KindPad, Top: f.top, Left: f.left, Bottom: f.bottom, Right: f.right}
}

// window reads strides, pads, auto_pad and dilations of windows of kh x kw cells.
func (n *node) window(from value, kh, kw int) (frame, error) {
	var f frame
	if len(n.attributes["kernel_shape"].ints) > 0 {
		h, w, err := n.pairOf("kernel_shape")
		if err != nil {
			return f, err
		}
		if int(h) != kh || int(w) != kw {
			return f, fmt.Errorf("kernel_shape is %d x %d and its weights are %d x %d", h, w, kh, kw)
		}
	}
	sh, sw, err := n.pairOf("strides")
	if err != nil {
		return f, err
	}
	if sh != sw {
		return f, fmt.Errorf("strides of %d x %d; the same for rows and columns is supported", sh, sw)
	}
	f.stride = int(sh)
	dh, dw, err := n.pairOf("dilations")
	if err != nil {
		return f, err
	}
	if dh > 1 && kh > 1 || dw > 1 && kw > 1 {
		return f, fmt.Errorf("dilations of %d x %d; windows without gaps, 1 x 1, are supported", dh, dw)
	}
	switch auto := n.attributes["auto_pad"].s; auto {
	case "", "NOTSET":
		pads := n.attributes["pads"].ints
		if pads == nil {
			return f, nil
		}
		if len(pads) != 4 {
			return f, fmt.Errorf("pads has %d numbers; it should be 4: top, left, bottom, right", len(pads))
		}
		for i, to := range []*int{&f.top, &f.left, &f.bottom, &f.right} {
			if pads[i] < 0 || pads[i] > 1<<20 {
				return f, fmt.Errorf("pads of %d; 0 and more are supported", pads[i])
			}
			*to = int(pads[i])
		}
	case "VALID":
	case "SAME_UPPER", "SAME_LOWER":
		f.top, f.bottom = same(from.shape.H, kh, f.stride, auto == "SAME_LOWER")
		f.left, f.right = same(from.shape.W, kw, f.stride, auto == "SAME_LOWER")
	default:
		return f, fmt.Errorf("auto_pad is %s; NOTSET, VALID, SAME_UPPER and SAME_LOWER are supported", show(auto))
	}
	return f, nil
}

// same is the padding on both ends of a side of n cells with which there is a window
// for every stride begun; of an uneven number lower has the larger part at the beginning.
func same(n, kernel, stride int, lower bool) (before, after int) {
	total := max(0, ((n-1)/stride)*stride+kernel-n)
	before, after = total/2, total-total/2
	if lower {
		before, after = after, before
	}
	return before, after
}
