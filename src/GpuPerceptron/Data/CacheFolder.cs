namespace GpuPerceptron.Data;

/// <summary>The folder of encoded tables and of what else programs keep in files: what was kept, and what they are working on.</summary>
internal static class CacheFolder
{
    /// <summary>Names another folder than the user's own.</summary>
    public const string Variable = "GPUPERCEPTRON_CACHE";

    private const string Extension = ".samples";
    private const string PartialExtension = ".partial";

    /// <summary>Tables that no training has asked for in so long are removed by the next that encodes one.</summary>
    private static readonly TimeSpan LongestIdle = TimeSpan.FromDays(30);

    /// <summary>Where it is.</summary>
    public static string Path => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? System.IO.Path.GetFullPath(named)
        : System.IO.Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home
                ? home
                : OperatingSystem.IsWindows()
                    ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                    : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "gpuperceptron");

    /// <summary>The file of a table.</summary>
    /// <param name="key">What tells it from all other tables.</param>
    public static string FileOf(string key) => System.IO.Path.Combine(Path, key + Extension);

    /// <summary>Notes that a table was asked for.</summary>
    /// <param name="path">Its file.</param>
    public static void MarkUsed(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Then it may be encoded anew some day.
        }
    }

    /// <summary>Begins a file, and removes what programs that were killed left behind, and tables that nobody has asked for in long.</summary>
    /// <param name="mostMapped"><see cref="SampleFile.MostMapped"/>.</param>
    /// <exception cref="PerceptronException">It cannot be made.</exception>
    public static SampleFile CreateFile(long mostMapped = MemoryBudget.LeastMapped)
    {
        string folder = Path;
        try
        {
            Make(folder);
            foreach (string partial in Directory.EnumerateFiles(folder, "*" + PartialExtension))
                RemoveUnlessInUse(partial);
            var oldest = DateTime.UtcNow - LongestIdle;
            foreach (string table in Directory.EnumerateFiles(folder, "*" + Extension))
            {
                if (File.GetLastWriteTimeUtc(table) < oldest)
                    RemoveUnlessInUse(table);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PerceptronException(Fault.Data,
                $"cannot encode the samples in {folder} ({SystemMessage.Of(failure)}); name another folder in the environment variable {Variable}",
                failure);
        }

        return SampleFile.Create(System.IO.Path.Combine(folder, System.IO.Path.GetRandomFileName() + PartialExtension), mostMapped);
    }

    /// <summary>Makes the folder for the user's eyes only: what is in tables may be private.</summary>
    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void RemoveUnlessInUse(string path)
    {
        try
        {
            // Whoever works on it holds a lock.
            using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // In use, or gone already.
        }
    }
}
