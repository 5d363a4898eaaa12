using System.Xml.Linq;
using Xunit;

namespace GpuPerceptron.Repository.Tests;

/// <summary>Which project may use which: a library user with a float[] must not be made to carry DuckDB.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["GpuPerceptron.Kernels"] = ["ILGPU", "ILGPU.Algorithms"],
        ["GpuPerceptron"] = ["GpuPerceptron.Kernels"],
        ["GpuPerceptron.Tabular"] = ["GpuPerceptron", "DuckDB.NET.Data.Full", "System.IO.Hashing"],
        ["GpuPerceptron.Cli"] = ["GpuPerceptron.Kernels", "GpuPerceptron", "GpuPerceptron.Tabular", "System.CommandLine", "Spectre.Console"],
        ["InMemory"] = ["GpuPerceptron"],
        ["TheQuestion"] = ["GpuPerceptron"],
    };

    public static TheoryData<string> Projects() => [.. ProjectFiles().Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_only_what_it_may(string project)
    {
        Assert.True(MayUse.ContainsKey(project), $"{project} is new: say here what it may use");
        Assert.Empty(Uses(ProjectFiles()[project]).Except(MayUse[project]));
    }

    [Fact]
    public void No_package_version_is_given_outside_the_central_list()
    {
        var files = Directory.EnumerateFiles(Testing.Repository.Root, "*.csproj", SearchOption.AllDirectories);
        Assert.All(files, file => Assert.DoesNotContain(
            XDocument.Load(file).Descendants("PackageReference"), reference => reference.Attribute("Version") is not null));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Testing.Repository.PathOf("GpuPerceptron.sln"));
        var files = Directory.EnumerateFiles(Testing.Repository.Root, "*.csproj", SearchOption.AllDirectories);
        Assert.All(files, file => Assert.Contains(Path.GetFileName(file), solution));
    }

    /// <summary>Projects that ship or that users copy from; tests and benchmarks may use anything.</summary>
    private static SortedDictionary<string, string> ProjectFiles()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string folder in (string[])["kernels", "src", "samples"])
        {
            foreach (string file in Directory.EnumerateFiles(Testing.Repository.PathOf(folder), "*.csproj", SearchOption.AllDirectories))
                files.Add(Path.GetFileNameWithoutExtension(file), file);
        }

        return files;
    }

    private static IEnumerable<string> Uses(string projectFile)
    {
        var project = XDocument.Load(projectFile);
        return project.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value)
            .Concat(project.Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)));
    }
}
