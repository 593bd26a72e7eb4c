#!/bin/sh
# Finds a browser for the tests, or installs Debian's. Without one those tests skip by name, so this never fails.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
# Ubuntu's package of that name only fetches a snap, which headless machines do not have.
if [ "$(id -u)" = 0 ] && grep -qs '^ID=debian' /etc/os-release; then
    echo "chromium: installing Debian's package"
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt-get update -qq </dev/null &&
        apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null && exit 0
fi
echo "chromium: none found and none could be installed; tests that need a browser will be skipped"
