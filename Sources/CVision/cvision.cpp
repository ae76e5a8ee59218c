#include "cvision.h"

#include <algorithm>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace {

/// Runs `work`; no exception may reach Swift.
template <typename Work> int guarded(Work work) noexcept {
  try {
    work();
    return 0;
  } catch (...) {
    return -1;
  }
}

template <typename Value> cv::Mat view(const Value *values, int width, int height, int type) {
  return cv::Mat(height, width, type, const_cast<Value *>(values));
}

cv::Mat mean(const cv::Mat &values, int radius) {
  cv::Mat out;
  cv::boxFilter(values, out, CV_32F, cv::Size(2 * radius + 1, 2 * radius + 1), cv::Point(-1, -1), true,
                cv::BORDER_REFLECT);
  return out;
}

/// Four coefficients a pixel: the weights of red, green and blue, and the constant.
using Coefficients = cv::Mat_<cv::Vec4f>;

/// The averaged coefficients, with the names of the paper: I guide, p input, a and b linear coefficients.
Coefficients coefficients(const cv::Mat &guide, const cv::Mat &p, int radius, float epsilon) {
  cv::Mat I[3], mean_I[3], cov[3], a[4], var[6];
  cv::split(guide, I);
  cv::Mat mean_p = mean(p, radius);
  for (int c = 0; c < 3; c++) {
    mean_I[c] = mean(I[c], radius);
    cov[c] = mean(I[c].mul(p), radius) - mean_I[c].mul(mean_p);
    a[c].create(p.size(), CV_32F);
  }
  const int first[6] = {0, 0, 0, 1, 1, 2}, second[6] = {0, 1, 2, 1, 2, 2};
  for (int k = 0; k < 6; k++) {
    var[k] = mean(I[first[k]].mul(I[second[k]]), radius) - mean_I[first[k]].mul(mean_I[second[k]]);
  }
  for (int y = 0; y < p.rows; y++) {
    for (int x = 0; x < p.cols; x++) {
      float rr = var[0].at<float>(y, x) + epsilon, rg = var[1].at<float>(y, x), rb = var[2].at<float>(y, x);
      float gg = var[3].at<float>(y, x) + epsilon, gb = var[4].at<float>(y, x);
      float bb = var[5].at<float>(y, x) + epsilon;
      // The inverse of the symmetric 3 x 3 matrix by cofactors.
      float c00 = gg * bb - gb * gb, c01 = gb * rb - rg * bb, c02 = rg * gb - gg * rb;
      float c11 = rr * bb - rb * rb, c12 = rb * rg - rr * gb, c22 = rr * gg - rg * rg;
      float det = rr * c00 + rg * c01 + rb * c02;
      float u = cov[0].at<float>(y, x), v = cov[1].at<float>(y, x), w = cov[2].at<float>(y, x);
      a[0].at<float>(y, x) = (c00 * u + c01 * v + c02 * w) / det;
      a[1].at<float>(y, x) = (c01 * u + c11 * v + c12 * w) / det;
      a[2].at<float>(y, x) = (c02 * u + c12 * v + c22 * w) / det;
    }
  }
  a[3] = mean_p - a[0].mul(mean_I[0]) - a[1].mul(mean_I[1]) - a[2].mul(mean_I[2]);
  for (int c = 0; c < 4; c++) a[c] = mean(a[c], radius);
  Coefficients merged;
  cv::merge(a, 4, merged);
  return merged;
}

/// The place of full-size row or column `at` in the small picture, and how far it is to the next.
struct Place {
  int low, high;
  float share;

  Place(int at, int full, int small) {
    float position = std::max(0.f, (at + 0.5f) * small / full - 0.5f);
    low = std::min((int)position, small - 1);
    high = std::min(low + 1, small - 1);
    share = position - low;
  }
};

void apply(const Coefficients &small, const cv::Mat &guide, cv::Mat &out) {
  std::vector<Place> columns;
  for (int x = 0; x < out.cols; x++) columns.emplace_back(x, out.cols, small.cols);
  cv::parallel_for_(cv::Range(0, out.rows), [&](const cv::Range &range) {
    for (int y = range.start; y < range.end; y++) {
      Place row(y, out.rows, small.rows);
      const uint8_t *pixel = guide.ptr<uint8_t>(y);
      uint8_t *to = out.ptr<uint8_t>(y);
      for (int x = 0; x < out.cols; x++, pixel += 3) {
        const Place &column = columns[x];
        cv::Vec4f top = small(row.low, column.low) * (1 - column.share) + small(row.low, column.high) * column.share;
        cv::Vec4f low = small(row.high, column.low) * (1 - column.share) + small(row.high, column.high) * column.share;
        cv::Vec4f k = top * (1 - row.share) + low * row.share;
        float value = (k[0] * pixel[0] + k[1] * pixel[1] + k[2] * pixel[2]) / 255 + k[3];
        to[x] = cv::saturate_cast<uint8_t>(value * 255);
      }
    }
  });
}

}  // namespace

int cvision_resize_u8(const uint8_t *from, int width, int height, int channels, uint8_t *to, int to_width,
                      int to_height) {
  return guarded([&] {
    int type = CV_8UC(channels);
    cv::Mat out(to_height, to_width, type, to);
    int how = to_width < width ? cv::INTER_AREA : cv::INTER_LINEAR;
    cv::resize(view(from, width, height, type), out, out.size(), 0, 0, how);
  });
}

int cvision_sample_u8(const uint8_t *from, int width, int height, uint8_t *to, int to_width, int to_height) {
  return guarded([&] {
    cv::Mat out(to_height, to_width, CV_8UC3, to);
    cv::resize(view(from, width, height, CV_8UC3), out, out.size(), 0, 0, cv::INTER_LINEAR);
  });
}

int cvision_resize_f32(const float *from, int width, int height, float *to, int to_width, int to_height) {
  return guarded([&] {
    cv::Mat out(to_height, to_width, CV_32F, to);
    int how = to_width < width ? cv::INTER_AREA : cv::INTER_LINEAR;
    cv::resize(view(from, width, height, CV_32F), out, out.size(), 0, 0, how);
  });
}

int cvision_guided_upsample(const uint8_t *small_guide, const float *alpha, int small_width, int small_height,
                            int radius, double epsilon, const uint8_t *guide, int width, int height, uint8_t *out) {
  return guarded([&] {
    cv::Mat scaled;
    view(small_guide, small_width, small_height, CV_8UC3).convertTo(scaled, CV_32FC3, 1 / 255.0);
    Coefficients found = coefficients(scaled, view(alpha, small_width, small_height, CV_32F), radius, (float)epsilon);
    cv::Mat to(height, width, CV_8U, out);
    apply(found, view(guide, width, height, CV_8UC3), to);
  });
}

int cvision_settle(uint8_t *alpha, int width, int height, double soft, double sure) {
  return guarded([&] {
    cv::Mat values(height, width, CV_8U, alpha), distance;
    const cv::Mat kept = values >= 128;
    for (bool isKept : {true, false}) {
      cv::distanceTransform(isKept ? kept : cv::Mat(~kept), distance, cv::DIST_L2, 5, CV_32F);
      const float end = isKept ? 255 : 0;
      for (int y = 0; y < height; y++) {
        const float *far = distance.ptr<float>(y);
        uint8_t *to = values.ptr<uint8_t>(y);
        for (int x = 0; x < width; x++) {
          // Pixels of the other kind are at distance 0.
          float share = (float)std::clamp((far[x] - soft) / (sure - soft), 0.0, 1.0);
          if (share > 0) to[x] = cv::saturate_cast<uint8_t>(to[x] + share * (end - to[x]));
        }
      }
    }
  });
}

int cvision_components(const uint8_t *mask, int width, int height, int32_t *labels) {
  int count = -1;
  guarded([&] {
    cv::Mat out(height, width, CV_32S, labels);
    count = cv::connectedComponents(view(mask, width, height, CV_8U), out, 8, CV_32S) - 1;
  });
  return count;
}

int cvision_distance(const uint8_t *mask, int width, int height, float *distance) {
  return guarded([&] {
    cv::Mat out;
    cv::distanceTransform(view(mask, width, height, CV_8U), out, cv::DIST_L2, 5, CV_32F);
    out.copyTo(cv::Mat(height, width, CV_32F, distance));
  });
}

int cvision_watershed(const uint8_t *picture, int width, int height, int32_t *labels) {
  return guarded([&] {
    cv::Mat out(height, width, CV_32S, labels);
    cv::watershed(view(picture, width, height, CV_8UC3), out);
  });
}

int cvision_blur_f32(float *values, int width, int height, double sigma) {
  return guarded([&] {
    cv::Mat out(height, width, CV_32F, values);
    cv::GaussianBlur(out, out, cv::Size(0, 0), sigma);
  });
}
