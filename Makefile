.PHONY: help run build test test-db golden chains lint migrate seed image verify
help:    ; @sed -n 's/^\([a-z-]*\): *; \([^@].*\)/make \1 = \2/p' Makefile | column -t -l 2 -s =
run:     ; go run ./cmd/anju serve --demo
build:   ; CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$$(git describe --tags --always 2>/dev/null || echo dev) -X main.commit=$$(git rev-parse HEAD 2>/dev/null) -X main.built=$$(date -u +%Y-%m-%dT%H:%M:%SZ)" -o anju ./cmd/anju
test:    ; go test ./...
test-db: ; ANJU_TEST_REQUIRE=postgres,redis go test ./models/... ./jobs/...
golden:  ; go test ./workflow/chains ./handlers -update
chains:  ; go run ./cmd/anju chain check
lint:    ; go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run
migrate: ; go run ./cmd/anju migrate up
seed:    ; go run ./cmd/anju seed
image:   ; docker build -f deploy/Dockerfile --build-arg VERSION=$$(git describe --tags --always) --build-arg COMMIT=$$(git rev-parse HEAD) --build-arg BUILT=$$(date -u +%Y-%m-%dT%H:%M:%SZ) -t anju .
verify:  ; .ci/run
