#!/usr/bin/env bash
# Installs what is missing on a Debian machine: cmake/setup.sh [build] [tests] [bench] [report] [cross] [fuzz] [long]
# (build is always meant). Asks apt for nothing when nothing is missing; needs root or sudo only when
# it installs.
set -euo pipefail

xsimd_minimum=13.1
xsimd_suite=trixie  # the first Debian release whose xsimd is new enough

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# A dotted version as a number that compares: 13.2.0 -> 13002.
version_number() {
  local major minor
  IFS=. read -r major minor _ <<<"$1"
  echo $((major * 1000 + ${minor:-0}))
}

xsimd_is_new_enough() {
  local header=/usr/include/xsimd/config/xsimd_config.hpp word major=0 minor=0
  [[ -r $header ]] || return 1
  while read -r _ word value _; do
    case $word in
      XSIMD_VERSION_MAJOR) major=$value ;;
      XSIMD_VERSION_MINOR) minor=$value; break ;;
    esac
  done <"$header"
  (($(version_number "$major.$minor") >= $(version_number "$xsimd_minimum")))
}

required=()    # nothing works without
optional=()    # CMake fetches it instead, or the benchmark does without
need_xsimd=no

missing_build() {
  has "${CXX:-c++}" || required+=(g++)
  has cmake || required+=(cmake)
  has ninja || required+=(ninja-build)
  xsimd_is_new_enough || need_xsimd=yes
}

missing_tests() {
  [[ -r /usr/include/doctest/doctest.h ]] || optional+=(doctest-dev)
  has nm || required+=(binutils)
  has ccache || optional+=(ccache)  # check_families.sh compiles most sources several times
  [[ -r /usr/share/i18n/locales/tr_TR ]] || optional+=(locales)
}

missing_bench() {
  [[ -r /usr/include/benchmark/benchmark.h ]] || optional+=(libbenchmark-dev)
  [[ -r /usr/include/dnnl.hpp || -r /usr/include/oneapi/dnnl/dnnl.hpp ]] || optional+=(libdnnl-dev)
}

missing_report() {
  python3 -c 'import matplotlib' 2>/dev/null || /usr/bin/python3 -c 'import matplotlib' 2>/dev/null ||
    required+=(python3-matplotlib)
}

missing_cross() {
  has aarch64-linux-gnu-g++ || optional+=(g++-aarch64-linux-gnu)
  has qemu-aarch64-static || optional+=(qemu-user-static)
}

missing_fuzz() {
  has clang++ || optional+=(clang)
  compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.asan*' >/dev/null || optional+=(libclang-rt-dev)
}

# What `tests/run.sh --long` runs beside the tests.
missing_long() {
  has gcovr || optional+=(gcovr)
  has valgrind || optional+=(valgrind)
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif [[ -t 0 && ${CI:-} != true ]]; then
    sudo "$@"
  else
    sudo -n "$@"  # nobody is there to type a password
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 "$@" </dev/null >&2
}

apt_install() { apt_get install --no-install-recommends "$@"; }

# The machine's own xsimd package, where it is new enough.
install_xsimd_of_this_release() {
  local candidate
  candidate=$(apt-cache policy libxsimd-dev | sed -n 's/^ *Candidate: *\([0-9][0-9.]*\).*/\1/p')
  [[ -n $candidate ]] || return 1
  (($(version_number "$candidate") >= $(version_number "$xsimd_minimum"))) || return 1
  apt_install libxsimd-dev
}

# Else the newer release's, from the mirror this machine uses. apt works in a directory of its own, so
# that the machine's sources and lists stay as they are. The package is headers; xtl-dev is all it needs.
install_xsimd_of_newer_release() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg options="" work
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL) $(COMPONENT)' 'Created-By: Packages' |
    sed -n 's/^\([^ ]*\) Debian main$/\1/p' | head -n 1)
  [[ -n $mirror ]] || { say "no Debian mirror among this machine's apt sources"; return 1; }
  [[ -r $keyring ]] && options="[signed-by=$keyring] "
  apt_install xtl-dev || return 1

  work=$(mktemp -d)
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/none"
  echo "deb $options$mirror $xsimd_suite main" >"$work/sources.list"
  local private=(apt-get -q -o Acquire::Retries=3
    -o "Dir::Etc::sourcelist=$work/sources.list" -o "Dir::Etc::sourceparts=$work/none"
    -o "Dir::Etc::preferences=$work/none/file" -o "Dir::Etc::preferencesparts=$work/none"
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
    -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none)
  local status=0
  { "${private[@]}" update && (cd "$work" && "${private[@]}" download libxsimd-dev) &&
    as_root dpkg -i "$work"/libxsimd-dev_*.deb; } </dev/null >&2 || status=1
  rm -rf "$work"
  return $status
}

# Everything else builds the library first.
missing_build
for group; do
  case $group in
    build) ;;
    tests | bench | report | cross | fuzz | long) "missing_$group" ;;
    *) fail "no group \"$group\"; there are: build tests bench report cross fuzz long" ;;
  esac
done
((${#required[@]} + ${#optional[@]})) || [[ $need_xsimd == yes ]] || exit 0

wanted=(${required[@]+"${required[@]}"} ${optional[@]+"${optional[@]}"})
[[ $need_xsimd == yes ]] && wanted+=("libxsimd-dev(>=$xsimd_minimum)")
wanted="${wanted[*]}"
has apt-get || {
  ((${#required[@]})) && fail "missing, and this is no Debian; install the likes of: $wanted"
  say "this is no Debian; going on without: $wanted"
  exit 0
}
((EUID == 0)) || has sudo || fail "missing: $wanted. Run this script as root, or install them"

say "installing: $wanted"
apt_get update || say "apt-get update had errors; going on with the package lists there are"
if ((${#required[@]})); then
  apt_install "${required[@]}" ||
    fail "apt-get could not install: ${required[*]}. Look at its message above, install them, run this again"
fi
for package in ${optional[@]+"${optional[@]}"}; do
  apt_install "$package" || say "apt-get could not install $package; going on without it"
done
if [[ $need_xsimd == yes ]]; then
  install_xsimd_of_this_release || install_xsimd_of_newer_release || {
    say "apt-get could not install xsimd >= $xsimd_minimum; CMake will fetch the pinned source with git"
    has git || apt_install git ca-certificates || say "apt-get could not install git either; install one of the two"
  }
fi
