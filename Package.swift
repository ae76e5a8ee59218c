// swift-tools-version:6.2
import PackageDescription

/// C sources are optimised in debug builds too: pixel loops at -O0 make the tests 10 to 100 times slower.
let optimisedC: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .debug))]
let optimisedCXX: [CXXSetting] = [
  .unsafeFlags(["-O2"], .when(configuration: .debug)),
  .unsafeFlags(["-isystem/usr/include/opencv4"]),
]
/// The same for the Swift targets that hold pixel loops.
// Pango is opened when it is needed, not linked, so that pkg-config has no part in it.
let pangoHeaders: [CSetting] = [
  .unsafeFlags(
    ["pango-1.0", "glib-2.0", "harfbuzz", "freetype2"].map { "-isystem/usr/include/\($0)" }
      + ["x86_64", "aarch64"].map { "-isystem/usr/lib/\($0)-linux-gnu/glib-2.0/include" })
]
let optimisedSwift: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
  name: "SceneHF",
  products: [.executable(name: "scenehf", targets: ["scenehf"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    // What Hummingbird's own types are made of.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // One C or C++ library each, behind a few plain functions. libcurl, libpq, libheif and ONNX Runtime are opened when
    // they are first needed, so that a command without pictures or calls starts quickly.
    .target(name: "CColour", cSettings: optimisedC, linkerSettings: [.linkedLibrary("lcms2")]),
    .target(
      name: "CPNG", cSettings: optimisedC,
      linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("z"), .linkedLibrary("deflate")]),
    .target(
      name: "CPhoto", cSettings: optimisedC,
      linkerSettings: [
        .linkedLibrary("jpeg"), .linkedLibrary("webp"), .linkedLibrary("webpdemux"), .linkedLibrary("tiff"),
      ]),
    .target(name: "CPango", cSettings: optimisedC + pangoHeaders, linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CInotifyTools", linkerSettings: [.linkedLibrary("inotifytools")]),
    .target(name: "COnnx", cSettings: optimisedC, linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "CVision", cxxSettings: optimisedCXX,
      linkerSettings: [.linkedLibrary("opencv_core"), .linkedLibrary("opencv_imgproc"), .linkedLibrary("stdc++")]),
    .target(name: "CLinux"),
    .target(name: "CCurl"),
    .target(name: "CPQ", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CSign", linkerSettings: [.linkedLibrary("crypto")]),

    // Arrows only point up this list; `.ci/run` checks it.
    .target(name: "Blocking"),
    .target(name: "Model", dependencies: [yams]),
    .target(
      name: "Imaging", dependencies: ["Model", "CPNG", "CPhoto", "CColour", "CPango"], swiftSettings: optimisedSwift),
    .target(name: "Watching", dependencies: ["CInotifyTools", "CLinux", "Blocking", system]),
    .target(name: "Storage", dependencies: ["Model", "CLinux", "CPQ", "CSign", "Blocking", system]),
    .target(name: "Transport", dependencies: ["CCurl", "Blocking", "Model"]),
    .target(
      name: "Engine", dependencies: ["Blocking", "Model", "Imaging", "COnnx", "CVision"], swiftSettings: optimisedSwift),
    .target(
      name: "ImageServices", dependencies: ["Model", "Imaging", "Transport", "Engine", "Blocking", "CSign"],
      swiftSettings: optimisedSwift),
    .target(name: "Planning", dependencies: ["Model", "Imaging", "Transport", "Engine", "Blocking"]),
    .target(
      name: "Running",
      dependencies: [
        "Model", "Imaging", "Storage", "Transport", "ImageServices", "Planning", "Blocking", "CLinux", system,
      ]),
    .target(
      name: "Serving",
      dependencies: [
        "Model", "Storage", "Running", "Blocking", hummingbird, system,
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      resources: [.embedInCode("Page")]),
    .executableTarget(
      name: "scenehf",
      dependencies: [
        "Model", "Imaging", "Watching", "Storage", "Transport", "Engine", "ImageServices", "Planning", "Running",
        "Serving", "Blocking", "CLinux", argumentParser, system,
      ],
      resources: [.embedInCode("Resources/engine.sh"), .embedInCode("Resources/user.service")]),

    // Measures what Config/bench/pixels.py compares.
    .executableTarget(name: "pixel-bench", dependencies: ["Imaging", "Model", "CPNG"], path: "Config/bench/pixels"),

    // Feeds the readers of foreign files; `Config/fuzz.sh` runs it for hours, FuzzTests for seconds.
    .executableTarget(
      name: "Fuzz", dependencies: ["Imaging", "Model"], path: "Tests/Fuzz", exclude: ["Corpus", "corpus.py"]),
    .testTarget(name: "FuzzTests", dependencies: ["Fuzz"]),

    .target(
      name: "TestSupport", dependencies: ["Imaging", "Model", system], path: "Tests/TestSupport",
      exclude: ["postgres.sh"]),
    .testTarget(name: "ModelTests", dependencies: ["Model"]),
    .testTarget(name: "ImagingTests", dependencies: ["Imaging", "Model"], swiftSettings: optimisedSwift),
    .testTarget(name: "WatchingTests", dependencies: ["Watching", "TestSupport", system]),
    .target(
      name: "FakeServices", dependencies: ["Blocking", "Transport"], path: "Tests/FakeServices",
      exclude: [
        "certificates.sh", "fal_side.py", "faults.py", "google_side.py", "install.sh", "keys.sh", "openai_side.py",
        "painting.py", "plain.py", "planning.py", "requirements.txt", "selfhosted_side.py", "vendors.py", "wire.py",
      ]),
    .testTarget(
      name: "ImageServicesTests",
      dependencies: ["ImageServices", "Transport", "FakeServices", "Imaging", "Model", "Engine", "Blocking"]),
    .testTarget(name: "TransportTests", dependencies: ["Transport", "FakeServices", "Blocking", "Model"]),
    .testTarget(name: "StorageTests", dependencies: ["Storage", "Model", "Blocking", "TestSupport", system]),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Engine", "Imaging", "Model", "Blocking", "Transport", "ImageServices", "Planning", "TestSupport", system,
      ]),
    .testTarget(
      name: "PlanningTests", dependencies: ["Planning", "Transport", "FakeServices", "Imaging", "Model", "Blocking"]),
    .testTarget(
      name: "RunningTests",
      dependencies: [
        "Running", "Model", "Imaging", "Storage", "Transport", "ImageServices", "Planning", "Engine", system,
      ]),
    .testTarget(
      name: "ServingTests",
      dependencies: [
        "scenehf", "Serving", "Model", "Running", "Blocking", "FakeServices", "TestSupport", system,
        .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "NIOCore", package: "swift-nio"),
      ],
      exclude: ["Schemathesis"]),
    .testTarget(
      name: "SceneHFTests",
      dependencies: ["scenehf", "Model", "Imaging", "Running", "FakeServices", "TestSupport", system],
      exclude: ["Roots", "save-over-samba.sh", "type-and-save.sh"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
      .treatAllWarnings(as: .error),
    ]
}
