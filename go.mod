module github.com/groundhogsim/groundhog

go 1.26
