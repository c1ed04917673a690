# make, make run, make vm, make test. See README.md.

SHELL := /bin/sh
DESTDIR ?=
PREFIX ?= /usr
export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1

sources := $(shell find src -name bin -prune -o -name obj -prune -o -type f -print) \
	Directory.Build.props Directory.Packages.props aot.props BannedSymbols.txt
images := images/nginx.raw images/redis.raw images/openssh.raw

.PHONY: all images run vm test simulate fuzz bench check format install clean

all: out/supervisor

# One static file, as small as it gets: the publish folder has the symbols, out/ does not.
out/supervisor: $(sources)
	@native-tests/prepare build
	dotnet publish src/Supervisor -c Release -o build/publish -v quiet
	@mkdir -p out
	strip -o $@.whole build/publish/supervisor
	@# Written in pages: a kernel that keeps files in larger pieces (Linux 6.16) maps a whole piece at a touch, and the keeper touches 450 kB of 4 MB.
	@dd if=$@.whole of=$@.new bs=4k status=none && rm $@.whole && chmod 0755 $@.new
	mv $@.new $@

images: $(images)

images/%.raw: images/%/recipe images/build
	@native-tests/prepare build image
	images/build $*

run: out/supervisor images/nginx.raw
	@native-tests/prepare image run
	@native-tests/demo/run

vm: out/supervisor images/nginx.raw
	@native-tests/prepare run vm
	@native-tests/vm/run

test:
	@native-tests/run

# make simulate SEEDS=n: random systems, n without and n with crashes of the manager; SIMULATION_SEED=n runs one of them again.
simulate:
	dotnet build native-tests/unit/Supervisor.Engine.Tests -c Release -v quiet -clp:NoSummary
	SIMULATION_RUNS="$(or $(SEEDS),1000)" native-tests/unit/Supervisor.Engine.Tests/bin/Release/net10.0/Supervisor.Engine.Tests -noColor -noLogo -showLiveOutput -class '*SimulationTests'

fuzz:
	@SECONDS="$(SECONDS)" TARGETS="$(TARGETS)" SEEDS="$(SEEDS)" native-tests/fuzz/run

bench: out/supervisor $(images)
	@native-tests/bench/run

check:
	dotnet format Supervisor.sln --verify-no-changes
	dotnet build Supervisor.sln -v quiet

format:
	dotnet format Supervisor.sln

install: out/supervisor
	install -D -m 0755 out/supervisor $(DESTDIR)$(PREFIX)/sbin/supervisor
	install -d $(DESTDIR)$(PREFIX)/bin
	ln -sf ../sbin/supervisor $(DESTDIR)$(PREFIX)/bin/supervisor

clean:
	rm -rf out build $(images)
	find src native-tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
