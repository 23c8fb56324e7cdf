.PHONY: help run dev build test test-db golden chains lint migrate verify measure
help:    ; @sed -n 's/^\([a-z-]*\): *; \([^@].*\)/make \1 = \2/p' Makefile | column -t -l 2 -s =
run:     ; go run ./cmd/anju serve --demo
dev:     ; ANJU_DEV=1 go run ./cmd/anju serve --demo
build:   ; CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$$(git describe --tags --always 2>/dev/null || echo dev) -X main.commit=$$(git rev-parse HEAD 2>/dev/null) -X main.built=$$(date -u +%Y-%m-%dT%H:%M:%SZ)" -o anju ./cmd/anju
test:    ; go test ./...
test-db: ; ANJU_TEST_REQUIRE=postgres,redis go test ./models/... ./jobs/...
golden:  ; go test ./workflow/chains ./workflow/glossary ./handlers ./jobs/forms -update && go test ./cmd/anju -run Pinned -update && go run ./.ci/architecture
chains:  ; go run ./cmd/anju chain check
lint:    ; go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run
migrate: ; go run ./cmd/anju migrate up
verify:  ; .ci/run
measure: ; go run ./.ci/measure
