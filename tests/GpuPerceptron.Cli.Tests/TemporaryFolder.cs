namespace GpuPerceptron.Cli.Tests;

/// <summary>A folder that lives as long as a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("gpuperceptron-cli-").FullName;

    public string this[string file] => Path.Combine(_path, file);

    /// <summary>Writes a file.</summary>
    /// <returns>Its path.</returns>
    public string Write(string file, params string[] lines)
    {
        File.WriteAllLines(this[file], lines);
        return this[file];
    }

    public string[] Files => [.. Directory.GetFiles(_path).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
