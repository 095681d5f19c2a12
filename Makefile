# test         everything, real Kafka included (Go, Java and Maven)
# check        the main job: the scenarios over many seeds
# bench        what a step, a run and a state cost
# lint         formatting, go vet, staticcheck, and the house rules
# determinism  the same campaign in four ways, compared byte by byte
# stress, reliability   longer campaigns of two suites: load and rebalances; every fault
# docs         docs/answers.md and its plots, and docs/flink-and-offsets.md, from a run of all scenarios
# docs-kafka   docs/real-kafka-table.md, from a run of all that can run on Apache Kafka
# kafka-image  an image of Apache Kafka from Maven's jars, where none can be pulled

GO ?= go

.PHONY: docs docs-kafka kafka-image test check bench lint determinism stress reliability

# Kafka is required unless GROUNDHOG_REQUIRE_KAFKA=0 says that tests which
# need it may be skipped where Java or Maven is missing.
test: export GROUNDHOG_REQUIRE_KAFKA := $(or $(GROUNDHOG_REQUIRE_KAFKA),1)
test:
	$(GO) test $$($(GO) list ./... | grep -v -e /realkafka -e /conform)
	cd examples/orders && $(GO) test ./...
	cd examples/source && $(GO) test ./...
	cd examples/history-go && $(GO) test ./...
	$(GO) test -p 1 ./realkafka/... ./conform # in real time: alone on the machine

check:
	$(GO) run ./cmd/groundhog check

bench:
	$(GO) test -run xxx -bench . -benchmem ./...

lint:
	@bad=$$(gofmt -l .); test -z "$$bad" || { echo "gofmt -w these: $$bad"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test ./internal/tidy

determinism:
	bash .ci/determinism

stress:
	$(GO) run ./cmd/groundhog check stress --seeds 500

reliability:
	$(GO) run ./cmd/groundhog check reliability --seeds 500

docs:
	$(GO) run ./cmd/groundhog docs docs

docs-kafka:
	$(GO) run ./cmd/groundhog docs-kafka docs/real-kafka-table.md

kafka-image:
	bash realkafka/image/build
