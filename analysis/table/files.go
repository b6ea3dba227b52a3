package table

// File is a rendered table.
type File struct {
	Name string // with extension
	Data []byte
}

// Files renders the table in every format.
func (t Table) Files() ([]File, error) {
	var files []File
	for _, f := range []struct {
		extension string
		render    func() ([]byte, error)
	}{{"txt", t.Txt}, {"md", t.Markdown}, {"csv", t.CSV}, {"tex", t.Tex}} {
		b, err := f.render()
		if err != nil {
			return nil, err
		}
		files = append(files, File{t.Name + "." + f.extension, b})
	}
	return files, nil
}
