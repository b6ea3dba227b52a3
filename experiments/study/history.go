package study

import (
	"bytes"
	"strings"
	"unicode"
)

// maxHistory bounds one text of a study's history, in bytes.
const maxHistory = 1000

// history reads what was tried before: a list of texts, whose line breaks count
// as blanks.
func (d *decoder) history(n *node) []string {
	var tried []string
	for _, it := range d.items(n) {
		s := strings.Join(strings.Fields(it.text), " ")
		switch {
		case it.kind != scalar:
			d.fail(it.at, "%s is %s; it has to be a text that says what was tried, on which seeds, and with which result; put quotes around one with a colon", it.title(), it.kind)
		case s == "" || len(s) > maxHistory || strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0:
			d.fail(it.at, "%s has to be a text of 1 to %d bytes", it.title(), maxHistory)
		default:
			tried = append(tried, s)
		}
	}
	return tried
}

// History is what a study file says was tried before; the data set of the study
// need not be there.
func History(name string, text []byte) ([]string, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	root, err := parse(newSource(name, text), text)
	if err != nil {
		return nil, err
	}
	v := object{root}.get("history")
	if v == nil {
		return nil, nil
	}
	d := &decoder{}
	return d.history(v), d.err()
}

// NetworkName is what a study file calls its network, as people write it:
// LeNet-300-100 for lenet-300-100; "" where it describes the layers.
func NetworkName(name string, text []byte) (string, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	root, err := parse(newSource(name, text), text)
	if err != nil {
		return "", err
	}
	n := object{root}.get("network")
	if n != nil && n.kind == mapping {
		n = n.get("name")
	}
	if n == nil || n.kind != scalar {
		return "", nil
	}
	return networkWords.Replace(n.text), nil
}

var networkWords = strings.NewReplacer("alexnet-cifar", "AlexNet for CIFAR", "cifar-quick", "CIFAR-quick", "lenet", "LeNet", "resnet", "ResNet", "vgg", "VGG", "conv-", "Conv-")
