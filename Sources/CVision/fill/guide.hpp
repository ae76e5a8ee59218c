#pragma once

#include "level.hpp"

namespace patchfill {

/// Fills what is not `given` smoothly, coarse to fine ("pull-push", Gortler et al. 1996). Four channels.
inline void interpolate(std::vector<float> &values, std::vector<float> &given, int w, int h) {
  if (w <= 1 && h <= 1) return;
  const int W = (w + 1) / 2, H = (h + 1) / 2;
  std::vector<float> coarse((size_t)W * H * 4, 0), weights((size_t)W * H, 0);
  for (int y = 0; y < h; y++) {
    for (int x = 0; x < w; x++) {
      int p = y * w + x, block = y / 2 * W + x / 2;
      weights[block] += given[p];
      for (int c = 0; c < 4; c++) coarse[block * 4 + c] += values[p * 4 + c] * given[p];
    }
  }
  for (int block = 0; block < W * H; block++) {
    if (weights[block] <= 0) continue;
    for (int c = 0; c < 4; c++) coarse[block * 4 + c] /= weights[block];
    weights[block] = 1;
  }
  interpolate(coarse, weights, W, H);
  for (int y = 0; y < h; y++) {
    for (int x = 0; x < w; x++) {
      int p = y * w + x;
      if (given[p] > 0) continue;
      float u = std::min(std::max((x - 0.5f) / 2, 0.f), (float)(W - 1));
      float v = std::min(std::max((y - 0.5f) / 2, 0.f), (float)(H - 1));
      int left = (int)u, top = (int)v, right = std::min(left + 1, W - 1), low = std::min(top + 1, H - 1);
      u -= left, v -= top;
      for (int c = 0; c < 4; c++) {
        auto at = [&](int row, int column) { return coarse[(row * W + column) * 4 + c]; };
        values[p * 4 + c] = (1 - v) * ((1 - u) * at(top, left) + u * at(top, right)) +
                            v * ((1 - u) * at(low, left) + u * at(low, right));
      }
    }
  }
}

/// The same with columns `factor` times as near to each other as rows: what lies beside tells more than what lies above
/// or below, since horizons, shores and floors run across pictures.
inline void interpolateAcross(std::vector<float> &values, std::vector<float> &given, int w, int h, int factor) {
  const int W = (w + factor - 1) / factor;
  std::vector<float> narrow((size_t)W * h * 4, 0), weights((size_t)W * h, 0);
  for (int p = 0; p < w * h; p++) {
    const int block = p / w * W + p % w / factor;
    weights[block] += given[p];
    for (int c = 0; c < 4; c++) narrow[block * 4 + c] += values[p * 4 + c] * given[p];
  }
  for (int block = 0; block < W * h; block++) {
    if (weights[block] <= 0) continue;
    for (int c = 0; c < 4; c++) narrow[block * 4 + c] /= weights[block];
    weights[block] = 1;
  }
  interpolate(narrow, weights, W, h);
  for (int p = 0; p < w * h; p++) {
    if (given[p] > 0) continue;
    float u = std::min(std::max((p % w + 0.5f) / factor - 0.5f, 0.f), (float)(W - 1));
    int row = p / w * W, left = (int)u, right = std::min(left + 1, W - 1);
    u -= left;
    for (int c = 0; c < 4; c++)
      values[p * 4 + c] = (1 - u) * narrow[(row + left) * 4 + c] + u * narrow[(row + right) * 4 + c];
  }
}

/// The mean of the given values in a square of 2 * radius + 1, by running sums; what has none around stays open.
inline void average(std::vector<float> &values, std::vector<float> &given, int w, int h, int radius) {
  const int stride = w + 1;
  std::vector<double> table((size_t)stride * (h + 1) * 5, 0);
  for (int y = 0; y < h; y++) {
    double row[5] = {0};
    for (int x = 0; x < w; x++) {
      int p = y * w + x;
      for (int c = 0; c < 4; c++) row[c] += values[p * 4 + c] * given[p];
      row[4] += given[p];
      for (int c = 0; c < 5; c++) table[((size_t)(y + 1) * stride + x + 1) * 5 + c] = table[((size_t)y * stride + x + 1) * 5 + c] + row[c];
    }
  }
  for (int y = 0; y < h; y++) {
    for (int x = 0; x < w; x++) {
      int p = y * w + x;
      if (given[p] <= 0) continue;
      int left = std::max(0, x - radius), right = std::min(w, x + radius + 1);
      int top = std::max(0, y - radius), low = std::min(h, y + radius + 1);
      auto block = [&](int c) {
        return table[((size_t)low * stride + right) * 5 + c] - table[((size_t)top * stride + right) * 5 + c] -
               table[((size_t)low * stride + left) * 5 + c] + table[((size_t)top * stride + left) * 5 + c];
      };
      for (int c = 0; c < 4; c++) values[p * 4 + c] = (float)(block(c) / block(4));
    }
  }
}

/// Chosen on composited scenes with truth, as `HEIGHT_GUIDANCE` is.
constexpr int ACROSS = 3;

/// The background's colours blurred, and continued smoothly through the hole. It tells bright surroundings from
/// dark ones where patches of the hole, being guesses themselves, do not: without it fills collapse into the
/// smoothest or darkest texture there is.
inline Guide smoothGuess(const Level &level) {
  std::vector<float> values((size_t)level.count() * 4), given(level.count());
  for (int p = 0; p < level.count(); p++) {
    given[p] = level.roles[p] == SOURCE;
    for (int c = 0; c < 4; c++) values[p * 4 + c] = level.pixels[(size_t)p * CHANNELS + c];
  }
  average(values, given, level.width, level.height, std::max(2, std::max(level.width, level.height) / 24));
  interpolateAcross(values, given, level.width, level.height, ACROSS);
  std::fill(given.begin(), given.end(), 1.f);
  average(values, given, level.width, level.height, std::max(1, std::max(level.width, level.height) / 24));
  Guide guide{level.width, level.height, level.number, std::vector<uint8_t>((size_t)level.count() * CHANNELS)};
  for (size_t i = 0; i < values.size(); i++) guide.values[i] = (uint8_t)(values[i] + 0.5f);
  return guide;
}

}  // namespace patchfill
