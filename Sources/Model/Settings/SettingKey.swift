/// Every setting by its name in the configuration file.
///
/// One row each is everything there is to know of it: `scenehf config`, the file reader, the environment
/// reader and the documentation test all go by this table.
package enum SettingKey: String, CaseIterable, Sendable {
  case storageRoot = "storage_root"
  case plannerProvider = "planner_provider"
  case imageProvider = "image_provider"
  case attempts
  case colors
  case whiteTolerance = "white_tolerance"
  case minNonwhite = "min_nonwhite"
  case maxNonwhite = "max_nonwhite"
  case cutoutMaxNonwhite = "cutout_max_nonwhite"
  case plateMinNonwhite = "plate_min_nonwhite"
  case reframeAspect = "reframe_aspect"
  case maxLayers = "max_layers"
  case maxMegapixels = "max_megapixels"
  case maxFileMB = "max_file_mb"
  case jobsAtOnce = "jobs_at_once"
  case maxCallsPerJob = "max_calls_per_job"
  case maxCallsPerDay = "max_calls_per_day"
  case incompleteTimeout = "incomplete_timeout"
  case quietTime = "quiet_time"
  case rescanInterval = "rescan_interval"
  case ignore

  /// The environment variable that overrides the file.
  package var environmentName: String {
    switch self {
    case .storageRoot, .plannerProvider, .imageProvider: rawValue.uppercased()
    default: "SCENEHF_" + rawValue.uppercased()
    }
  }

  /// As it would stand in the file.
  package var defaultText: String {
    switch self {
    case .storageRoot: "~/Pictures/SceneGen"
    case .plannerProvider, .imageProvider: "local"
    case .attempts: "3"
    case .colors: "source"
    case .whiteTolerance: "5"
    case .minNonwhite: "0.01"
    case .maxNonwhite: "0.5"
    case .cutoutMaxNonwhite: "0.8"
    case .plateMinNonwhite: "0.2"
    case .reframeAspect: "16:9"
    case .maxLayers: "8"
    case .maxMegapixels: "100"
    case .maxFileMB: "200"
    case .jobsAtOnce: "2"
    case .maxCallsPerJob: "60"
    case .maxCallsPerDay: "500"
    case .incompleteTimeout: "30"
    case .quietTime: "2"
    case .rescanInterval: "300"
    case .ignore: ""
    }
  }

  /// What the setting does, in one line, with its range.
  package var meaning: String {
    switch self {
    case .storageRoot: "folder with inbox, working, review, done and rejected"
    case .plannerProvider: "who plans: local"
    case .imageProvider: "who makes the pictures: local"
    case .attempts: "automatic tries a step before it asks you, 1 to 6"
    case .colors: "source (colours of the dropped picture) or provider (colours of the service's answer)"
    case .whiteTolerance: "background this close to white becomes white, 0 to 15; 0 only checks"
    case .minNonwhite: "a layer covers at least this share of the picture, 0 to 1"
    case .maxNonwhite: "a layer covers at most this share of the picture, 0 to 1"
    case .cutoutMaxNonwhite: "a background removal keeps at most this share, 0 to 1"
    case .plateMinNonwhite: "a plate covers at least this share, 0 to 1"
    case .reframeAspect: "width to height that REFRAME aims at, such as 16:9"
    case .maxLayers: "objects the embedded planner looks for, 1 to 20"
    case .maxMegapixels: "larger pictures are rejected, 1 to 1000"
    case .maxFileMB: "larger files are rejected, 1 to 4000"
    case .jobsAtOnce: "jobs worked on at once, 1 to 64"
    case .maxCallsPerJob: "service calls one job may make"
    case .maxCallsPerDay: "service calls one day may make"
    case .incompleteTimeout: "seconds a broken or empty file may stay unchanged before it is rejected"
    case .quietTime: "seconds without change that make a file whole where the file system has no leases"
    case .rescanInterval: "seconds between full looks at the inbox"
    case .ignore: "list of further file name patterns to leave alone"
    }
  }
}
