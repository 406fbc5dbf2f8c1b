package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// PassphraseFrom asks for a passphrase at the terminal in, which does not show
// what is typed; twice if it is a new one, which nobody could correct later.
// It is nil if in is no terminal.
func (t *Talker) PassphraseFrom(in io.Reader) func(twice bool) (string, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func(twice bool) (string, error) { return t.passphrase(f, twice) }
}

func (t *Talker) passphrase(in *os.File, twice bool) (string, error) {
	ask := func(what string) (string, error) {
		fmt.Fprint(t, what)
		pass, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(t)
		return string(pass), err
	}
	pass, err := ask("Passphrase: ")
	switch {
	case err != nil:
		return "", err
	case pass == "":
		return "", errors.New("none was given")
	case !twice:
		return pass, nil
	}
	again, err := ask("The same again: ")
	if err == nil && again != pass {
		err = errors.New("the two are not the same")
	}
	return pass, err
}
