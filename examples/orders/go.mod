module example.com/orders

go 1.26

require github.com/groundhogsim/groundhog v0.0.0

replace github.com/groundhogsim/groundhog => ../..
