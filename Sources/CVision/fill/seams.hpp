#pragma once

#include "level.hpp"

namespace patchfill {

/// Hides the seams between pieces from different places, and between them and the rim: every pair of neighbours
/// shall differ as it does where the pieces come from (Perez, Gangnet and Blake 2003), while no pixel goes far
/// from its own colour (the screening of Bhat et al. 2008), so that a rim that does not fit does not bleed in.
struct SeamBlending {
  /// How strongly a pixel keeps its own colour; a seam fades over about 1 / sqrt(this) pixels. Much weaker, and what
  /// the places disagree about adds up to clouds.
  static constexpr float SCREENING = 0.03f;
  /// Successive over-relaxation (Young 1954).
  static constexpr float RELAXATION = 1.6f;
  static constexpr int SWEEPS = 16;
  /// Rows that are solved at once, and those above and below that are solved with them and thrown away: a seam does not
  /// reach that far.
  static constexpr int BAND = 256, HALO = 32;

  Level &level;
  const std::vector<int> &from;

  float value(int p, int channel) const { return level.pixels[(size_t)p * CHANNELS + channel]; }

  /// `p + step` where both lie in the picture, else -1.
  int neighbour(int p, int dx, int dy) const {
    int x = p % level.width + dx, y = p / level.width + dy;
    return x < 0 || y < 0 || x >= level.width || y >= level.height ? -1 : y * level.width + x;
  }

  /// What `q - p` shall be, as the places say that the two come from.
  float wanted(int p, int q, int dx, int dy, int channel) const {
    int there = neighbour(from[p], dx, dy), back = from[q] >= 0 ? neighbour(from[q], -dx, -dy) : -1;
    bool hasThere = there >= 0 && level.roles[there] == SOURCE, hasBack = back >= 0 && level.roles[back] == SOURCE;
    float onward = hasThere ? value(there, channel) - value(from[p], channel) : 0;
    float backward = hasBack ? value(from[q], channel) - value(back, channel) : 0;
    // The stronger of the two: their mean would be smoother than either place.
    return hasThere && (!hasBack || std::fabs(onward) > std::fabs(backward)) ? onward : backward;
  }

  void run() {
    std::vector<uint8_t> blended;
    for (int top = 0; top < level.height; top += BAND) blend(top, std::min(top + BAND, level.height), blended);
    const uint8_t *next = blended.data();
    for (int p = 0; p < level.count(); p++) {
      if (from[p] < 0) continue;
      std::copy_n(next, 3, &level.pixels[(size_t)p * CHANNELS]);
      next += 3;
    }
  }

  /// Appends the new colours of the hole pixels in the rows from `top` up to `low`.
  void blend(int top, int low, std::vector<uint8_t> &blended) const {
    const int first = std::max(0, top - HALO) * level.width, end = std::min(level.height, low + HALO) * level.width;
    std::vector<int> pixels, number(end - first, -1);
    for (int p = first; p < end; p++) {
      if (from[p] < 0) continue;
      number[p - first] = (int)pixels.size();
      pixels.push_back(p);
    }
    const std::vector<float> change = changes(pixels, number, first);
    for (size_t k = 0; k < pixels.size(); k++) {
      if (pixels[k] < top * level.width || pixels[k] >= low * level.width) continue;
      for (int c = 0; c < 3; c++) {
        float sum = value(pixels[k], c) + change[k * 3 + c];
        blended.push_back((uint8_t)std::min(255.f, std::max(0.f, sum + 0.5f)));
      }
    }
  }

  /// How much each of `pixels` changes. `number` is the place of a pixel in them, counted from pixel `first` on, or -1.
  std::vector<float> changes(const std::vector<int> &pixels, const std::vector<int> &number, int first) const {
    static const int DX[4] = {-1, 1, 0, 0}, DY[4] = {0, 0, -1, 1};
    const size_t n = pixels.size();
    std::vector<int> around(n * 4, -1);
    // The part of a pixel's equation that no change of a neighbour enters, and its inverse weight.
    std::vector<float> change(n * 3, 0), fixed(n * 3, 0), share(n);
    for (size_t k = 0; k < n; k++) {
      float weight = SCREENING;
      for (int d = 0; d < 4; d++) {
        int p = pixels[k], q = neighbour(p, DX[d], DY[d]);
        if (q < 0 || level.roles[q] == FOREIGN) continue;
        if (q >= first && q < first + (int)number.size()) around[k * 4 + d] = number[q - first];
        weight += 1;
        for (int c = 0; c < 3; c++) fixed[k * 3 + c] += value(q, c) - value(p, c) - wanted(p, q, DX[d], DY[d], c);
      }
      share[k] = RELAXATION / weight;
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (size_t i = 0; i < n; i++) {
        size_t k = sweep & 1 ? n - 1 - i : i;
        float sum[3] = {fixed[k * 3], fixed[k * 3 + 1], fixed[k * 3 + 2]};
        for (int d = 0; d < 4; d++) {
          int other = around[k * 4 + d];
          if (other < 0) continue;
          for (int c = 0; c < 3; c++) sum[c] += change[(size_t)other * 3 + c];
        }
        for (int c = 0; c < 3; c++) change[k * 3 + c] += share[k] * sum[c] - RELAXATION * change[k * 3 + c];
      }
    }
    return change;
  }
};

}  // namespace patchfill
