// Command gptsnap keeps a ChatGPT account in one archive and reads it offline.
package main

func main() {}
