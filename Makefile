# test     everything, real Kafka included (Go, Java and Maven)
# check    the main job: the scenarios over many seeds
# bench    what a step, a run and a state cost
# lint     go vet, staticcheck, formatting and the house rules
# stress, reliability   the two long suites

GO ?= go
STATICCHECK = $(GO) tool staticcheck

.PHONY: test check bench lint stress reliability

test:
	GROUNDHOG_REQUIRE_KAFKA=$${GROUNDHOG_REQUIRE_KAFKA-1} $(GO) test ./...
	cd examples/orders && $(GO) test ./...

check:
	$(GO) run ./cmd/groundhog check

bench:
	$(GO) test -run xxx -bench . -benchmem ./...

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...
	$(GO) test ./internal/tidy
