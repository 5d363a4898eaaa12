namespace GpuPerceptron.Testing;

/// <summary>Where the repository is that these tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file of the repository, by its path from the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GpuPerceptron.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"there is no GpuPerceptron.sln above {AppContext.BaseDirectory}");
    }
}
