import SystemPackage

/// The files that a command was given, by the bytes of their names.
///
/// Names of files need not be UTF-8, but arguments come as text in which each wrong byte has become U+FFFD. Such an
/// argument is looked up among those that the process was started with.
func givenPaths(_ arguments: [String]) -> [FilePath] {
  var started = (1..<max(1, Int(CommandLine.argc))).compactMap { CommandLine.unsafeArgv[$0] }
  return arguments.map { argument in
    guard argument.contains("\u{FFFD}"),
      let place = started.firstIndex(where: { String(cString: $0).utf8.elementsEqual(argument.utf8) })
    else { return FilePath(argument) }
    return FilePath(platformString: started.remove(at: place))
  }
}
