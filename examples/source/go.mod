module example.com/clicks

go 1.26.0

require github.com/groundhogsim/groundhog v0.0.0

require github.com/anishathalye/porcupine v1.3.1 // indirect

replace github.com/groundhogsim/groundhog => ../..
