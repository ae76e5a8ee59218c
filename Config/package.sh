#!/usr/bin/env bash
# Builds scenehf_<version>_<architecture>.deb: the program, its manual, completions, units and default settings.
#   bash Config/package.sh [FOLDER]    the package lands in FOLDER (default: .build)
set -euo pipefail
cd "$(dirname "$0")/.."

bash Config/install.sh --to-run
architecture=$(dpkg --print-architecture)
target=$(realpath -m "${1:-.build}")
mkdir -p "$target"
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

swift build --configuration release --static-swift-stdlib --product scenehf
program=$(swift build --configuration release --static-swift-stdlib --show-bin-path)/scenehf
version=$("$program" --version)

put() { install -D --mode="$1" "$2" "$tree/$3"; }
if ldd "$program" | grep -q libswift; then echo "The program is not statically linked." >&2; exit 1; fi
put 755 "$program" usr/bin/scenehf
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/scenehf"
put 644 Config/scenehf.yaml etc/scenehf/scenehf.yaml
for preset in Config/presets/*.yaml; do put 644 "$preset" "etc/scenehf/presets/$(basename "$preset")"; done
for hook in Config/hooks/*.sh; do put 755 "$hook" "usr/share/scenehf/hooks/$(basename "$hook")"; done
put 644 Config/environment.example usr/share/doc/scenehf/examples/environment
put 644 README.md usr/share/doc/scenehf/README.md
for page in Config/docs/*.md Config/docs/pictures/*; do put 644 "$page" "usr/share/doc/scenehf/$page"; done
put 644 Config/package/system.service usr/lib/systemd/system/scenehf.service
put 644 Sources/scenehf/Resources/user.service usr/lib/systemd/user/scenehf.service
put 644 Config/package/sysusers.conf usr/lib/sysusers.d/scenehf.conf
put 644 Config/package/copyright usr/share/doc/scenehf/copyright
put 644 Config/package/lintian-overrides usr/share/lintian/overrides/scenehf

# The manual: one page from the commands' own help, one from the documented settings.
mkdir -p "$tree/usr/share/man/man1" "$tree/usr/share/man/man5"
# By the tool itself: the package's own plug-in builds everything once more, and not statically linked.
swift build --product generate-manual
pages=$(mktemp -d)
"$(swift build --show-bin-path)/generate-manual" "$program" --output-directory "$pages"
awk -f Config/package/commands-manual.awk "$pages/scenehf.1" |
  gzip -9n > "$tree/usr/share/man/man1/scenehf.1.gz"
rm -rf "$pages"
bash Config/package/settings-manual.sh Config/scenehf.yaml | gzip -9n > "$tree/usr/share/man/man5/scenehf.yaml.5.gz"
{
  echo "scenehf ($version) unstable; urgency=medium"
  echo
  git log --no-merges --max-count=20 --format='%w(78,2,4)* %s'
  echo
  echo " -- SceneHF maintainers <maintainers@localhost>  $(git log -1 --format=%cD)"
} | gzip -9n > "$tree/usr/share/doc/scenehf/changelog.gz"

for shell in bash zsh fish; do
  case $shell in
    bash) place=usr/share/bash-completion/completions/scenehf ;;
    zsh) place=usr/share/zsh/vendor-completions/_scenehf ;;
    fish) place=usr/share/fish/vendor_completions.d/scenehf.fish ;;
  esac
  mkdir -p "$(dirname "$tree/$place")"
  # Completions are read, not run: no interpreter line.
  "$program" --generate-completion-script "$shell" | sed '1{/^#!/d}' > "$tree/$place"
done

# What the program links, as package names with the versions it needs.
scratch=$(mktemp -d)
mkdir -p "$scratch/debian"
printf 'Source: scenehf\n\nPackage: scenehf\nArchitecture: any\n' > "$scratch/debian/control"
depends=$(cd "$scratch" && dpkg-shlibdeps -O "$tree/usr/bin/scenehf" 2> /dev/null | sed 's/^shlibs:Depends=//')
# What it opens when it is first needed.
depends+=", libcurl4, libpq5, libheif1, libpangoft2-1.0-0"
rm -rf "$scratch"

mkdir -p "$tree/DEBIAN"
cp Config/package/postinst Config/package/postrm "$tree/DEBIAN/"
chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/postrm"
(cd "$tree" && find etc -type f -printf '/%p\n' | sort) > "$tree/DEBIAN/conffiles"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
  -e "s/@SIZE@/$(du --summarize --apparent-size --block-size=1K "$tree" | cut -f1)/" \
  Config/package/control > "$tree/DEBIAN/control"
(cd "$tree" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort --zero-terminated | xargs -0 md5sum > DEBIAN/md5sums)
chmod -R u=rwX,go=rX "$tree"

dpkg-deb --root-owner-group --build "$tree" "$target/scenehf_${version}_${architecture}.deb"
