// Package archive is the container: one file of compressed, checked answers.
package archive
