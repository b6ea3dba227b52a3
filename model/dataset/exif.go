package dataset

import (
	"bytes"
	"encoding/binary"
)

// orientation is how an image file says that its pixels have to be turned to
// stand upright, 1 (not at all) to 8, by the tag of that name of its EXIF data,
// in an APP1 segment of JPEG or an eXIf chunk of PNG.
func orientation(file []byte) int {
	if bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")) {
		for at := 8; at+8 <= len(file); {
			size := int(binary.BigEndian.Uint32(file[at:]))
			if size < 0 || size > len(file)-at-8 {
				break
			}
			if string(file[at+4:at+8]) == "eXIf" {
				return tiffOrientation(file[at+8 : at+8+size])
			}
			at += size + 12
		}
		return 1
	}
	for at := 2; at+4 <= len(file) && file[at] == 0xff && file[at+1] != 0xda; {
		size := int(binary.BigEndian.Uint16(file[at+2:]))
		if size < 2 || size > len(file)-at-2 {
			break
		}
		segment := file[at+4 : at+2+size]
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && file[at+1] == 0xe1 {
			return tiffOrientation(tiff)
		}
		at += 2 + size
	}
	return 1
}

// tiffOrientation looks for the tag 0x0112 in the first directory of TIFF data.
func tiffOrientation(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(tiff, []byte("II*\x00")):
		return 1
	}
	if len(tiff) < 8 {
		return 1
	}
	at := int(order.Uint32(tiff[4:]))
	if at < 0 || at > len(tiff)-2 {
		return 1
	}
	for entry := tiff[at+2:]; len(entry) >= 12; entry = entry[12:] {
		if order.Uint16(entry) == 0x0112 {
			if v := int(order.Uint16(entry[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}

// upright returns the plane of w x h pixels turned by an EXIF orientation, and its
// new width: 2 mirrored, 3 turned by 180 degrees, 4 both, 6 turned clockwise, 8
// counterclockwise, 5 and 7 these after mirroring.
func upright(src []uint8, w, h, orientation int) ([]uint8, int) {
	if orientation == 1 {
		return src, w
	}
	width, height := w, h
	if orientation >= 5 {
		width, height = h, w
	}
	dst := make([]uint8, len(src))
	for y := range height {
		for x := range width {
			u, v := x, y // where the pixel lies in the file
			if orientation >= 5 {
				u, v = y, x
			}
			switch orientation {
			case 2:
				u = w - 1 - u
			case 3:
				u, v = w-1-u, h-1-v
			case 4:
				v = h - 1 - v
			case 6:
				v = h - 1 - v
			case 7:
				u, v = w-1-u, h-1-v
			case 8:
				u = w - 1 - u
			}
			dst[y*width+x] = src[v*w+u]
		}
	}
	return dst, width
}
