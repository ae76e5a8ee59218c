import ArgumentParser
import Glibc
import Imaging
import Running
import Storage

/// Does `work`; a failure is told in its sentence on standard error and ends the command with status 1.
func orExplain<Value>(_ work: () throws -> Value) throws -> Value {
  do {
    return try work()
  } catch let code as ExitCode {
    throw code
  } catch let error as ValidationError {
    throw error
  } catch {
    complain("\(error)")
    throw ExitCode(1)
  }
}

/// A sentence on standard error.
func complain(_ sentence: String) {
  var line = Journal.isThere ? Journal.marked(sentence, .error) : "scenehf: \(sentence)\n"
  line.withUTF8 { bytes in _ = write(2, bytes.baseAddress, bytes.count) }
}
