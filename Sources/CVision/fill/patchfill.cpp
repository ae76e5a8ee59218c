#include "cvision.h"

#include "guide.hpp"
#include "seams.hpp"
#include "voting.hpp"

#include <optional>

// Fills by patches of the surroundings, coarse to fine: the expectation-maximisation scheme of Wexler, Shechtman
// and Irani (PAMI 2007) with the nearest-neighbour search of Barnes et al. (SIGGRAPH 2009) and a texture channel
// after Newson et al. (SIAM J. Imaging Sciences 2014). Patches are compared by the sum of absolute differences,
// which compilers turn into one instruction for 16 bytes; a smooth guess of colour and texture steers the choice.

using namespace patchfill;

namespace {

/// The guide is made at this side.
constexpr int GUIDE_SIDE = 320;

/// Rounds of matching and voting on one level.
void refine(Level &level, const Anchors &anchors, Matches &matches, bool isCoarsest, bool isFinest, Random &random) {
  const int side = std::max(level.width, level.height);
  const bool isLarge = side > SEARCH_SIDE;
  const int rounds = isLarge ? 1 : std::min(9, 1 + 2 * level.number);
  const int sweeps = isLarge ? 1 : isCoarsest ? 6 : std::min(5, 1 + level.number);
  const int reach = isLarge ? 4 : isCoarsest ? side : std::max(8, side / 2);
  for (int round = 0; round < rounds; round++) {
    search(level, anchors, matches, sweeps, reach, random);
    if (isFinest && round == rounds - 1) {
      const std::vector<int> from = voteBest(level, anchors, matches);
      SeamBlending{level, from}.run();
    } else {
      voteMean(level, anchors, matches);
    }
  }
}

/// The smooth guess as the hole's first colours.
void paintGuess(Level &level) {
  for (int p = 0; p < level.count(); p++)
    if (level.roles[p] == HOLE) std::copy_n(level.guide->at(level, p), CHANNELS, &level.pixels[(size_t)p * CHANNELS]);
}

bool fill(std::vector<Level> &levels, uint64_t seed) {
  // Another factor than the generator's own step, or the next seed would give the same numbers one place on.
  Random random{seed * 0xD1342543DE82EF95ULL + 11};
  size_t small = 0;
  while (small + 1 < levels.size() && std::max(levels[small].width, levels[small].height) > GUIDE_SIDE) small++;
  const Guide smooth = smoothGuess(levels[small]);
  for (Level &level : levels) level.guide = &smooth;
  std::optional<Matches> matches;
  Level *coarser = nullptr;
  for (int number = (int)levels.size() - 1; number >= 0; number--) {
    Level &level = levels[number];
    Anchors anchors(level);
    if (!anchors.sources || anchors.targets.empty()) continue;
    bool isCoarsest = !coarser;
    if (isCoarsest) {
      matches.emplace(randomMatches(level, anchors, random));
      paintGuess(level);
    } else {
      matches.emplace(carried(level, anchors, *coarser, *matches, random));
      coarser->release();
      voteMean(level, anchors, *matches);
    }
    refine(level, anchors, *matches, isCoarsest, number == 0, random);
    coarser = &level;
  }
  return coarser == &levels[0];
}

}  // namespace

int cvision_patch_fill(uint8_t *rgb, const uint8_t *roles, int width, int height, uint64_t seed) {
  try {
    std::vector<Level> levels = pyramid(rgb, roles, width, height);
    if (width < SIDE || height < SIDE || !fill(levels, seed)) return 1;
    const Level &finest = levels[0];
    for (int p = 0; p < finest.count(); p++)
      if (roles[p] == HOLE) std::copy_n(&finest.pixels[(size_t)p * CHANNELS], 3, rgb + (size_t)p * 3);
    return 0;
  } catch (...) {
    return -1;
  }
}
