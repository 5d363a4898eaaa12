using System.Text;
using GpuPerceptron.Tabular.Internals;

namespace GpuPerceptron.Tabular.Tests;

/// <summary>What is told of a reading while it goes on.</summary>
public sealed class ProgressTests : TemporaryTables
{
    private const int Count = 30_000;

    [Fact]
    public void A_text_s_rows_are_estimated_from_its_size() =>
        AssertRises(Table("long.csv", ["label,a", .. Lines()]), exact: false);

    [Fact]
    public void A_Parquet_file_says_its_rows() =>
        AssertRises(Made("long.parquet", $"SELECT i % 2 AS label, i AS a FROM range({Count}) t(i)"), exact: true);

    [Fact]
    public void Of_a_query_only_rows_are_known()
    {
        var reports = Reports(TableSource.Query($"SELECT i % 2 AS label, i AS a FROM range({Count}) t(i)"));
        Assert.All(reports, report => Assert.Equal((null, null, 0L), (report.Part, report.Bytes, report.TotalBytes)));
        Assert.Equal(Count, reports[^1].Rows);
    }

    [Fact]
    public void A_stream_is_copied_then_read_like_a_file()
    {
        byte[] text = Encoding.UTF8.GetBytes("label,a\n" + string.Join('\n', Lines()) + "\n");
        var reports = new List<ReadProgress>();
        using var copy = new SpooledInput(new MemoryStream(text), "stdin", reports.Add, CancellationToken.None);
        Assert.Equal((ReadStage.Copy, text.Length, 0L), (reports[^1].Stage, reports[^1].Bytes!.Value, reports[^1].TotalBytes));
        var read = Reports(TableSource.Csv(new MemoryStream(text), "stdin")).Where(report => report.Stage == ReadStage.Read).ToList();
        Assert.Equal((Count, text.Length), (read[^1].Rows, read[^1].TotalBytes));
        Assert.Equal(1, read[^1].Part!.Value, 0.01);
    }

    [Fact]
    public void Copies_of_streams_that_killed_programs_left_are_removed_and_those_in_use_are_not()
    {
        using var used = new SpooledInput(new MemoryStream([1, 2]), "stdin", report: null, CancellationToken.None);
        string left = Folder(old: true, ".lock", "stdin.csv"), foreign = Folder(old: true, ".lock", "stdin.csv", "notes.txt"), young = Folder(old: false, ".lock");
        string unlocked = Folder(old: true, "stdin.csv"), link = left + "-link";
        Directory.CreateSymbolicLink(link, used.Path);
        using (new SpooledInput(new MemoryStream([1]), "stdin", report: null, CancellationToken.None))
        {
            Assert.Equal(
                (false, true, true, true, true), // it cannot be told whether an unlocked one is in use
                (Directory.Exists(left), File.Exists(Path.Combine(foreign, "stdin.csv")), Directory.Exists(young), Directory.Exists(unlocked), File.Exists(used.Path)));
        }

        File.Delete(link);
        foreach (string folder in (string[])[foreign, young, unlocked])
            Directory.Delete(folder, recursive: true);

        static string Folder(bool old, params string[] files)
        {
            string folder = Directory.CreateTempSubdirectory("gpuperceptron-stdin-").FullName;
            foreach (string name in files)
                File.WriteAllText(Path.Combine(folder, name), "x");
            if (old) Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddHours(-1));
            return folder;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LIBSVM_files_are_followed_by_bytes(bool compressed)
    {
        string text = string.Join('\n', Enumerable.Range(0, 400_000).Select(i => $"{i % 2} {1 + i % 9}:0.5 {20 + i % 31}:1.25")) + "\n";
        if (compressed) Compressed("lines.svm.gz", text);
        else File.WriteAllText(PathOf("lines.svm"), text);
        string path = PathOf(compressed ? "lines.svm.gz" : "lines.svm");
        var reports = new List<ReadProgress>();
        using (var chunks = new TextChunks([path, path], 4 << 20, CancellationToken.None, limit: null, reports.Add))
        {
            while (chunks.Next() is { } chunk)
                chunks.Return(chunk);
        }

        long length = new FileInfo(path).Length;
        Assert.True(reports.Count >= 4, $"{Encoding.UTF8.GetByteCount(text)} bytes came in {reports.Count} chunks");
        Assert.All(reports, report => Assert.Equal(2 * length, report.TotalBytes));
        Assert.Equal(reports.Select(report => report.Bytes).Order(), reports.Select(report => report.Bytes));
        Assert.Equal(1, reports[^1].Part!.Value, 0.01);
        Assert.Contains(reports, report => report.Part < 0.6);
    }

    private static IEnumerable<string> Lines() => Enumerable.Range(0, Count).Select(i => $"{i % 2},{i}");

    private static void AssertRises(TableSource source, bool exact)
    {
        var reports = Reports(source);
        long length = new FileInfo(source.Name).Length;
        Assert.Equal(reports.Select(report => report.Part).Order(), reports.Select(report => report.Part));
        Assert.Equal(Count, reports[^1].Rows);
        Assert.Equal(1, reports[^1].Part!.Value, exact ? 0 : 0.01);
        Assert.Equal(length, reports[^1].Bytes!.Value, exact ? 0 : 0.01 * length);
        Assert.InRange(reports[0].Part!.Value, 0.01, 0.5);
    }

    private static List<ReadProgress> Reports(TableSource source)
    {
        var reports = new List<ReadProgress>();
        using var table = new MeteredTable(ITable.Open(source, default, CancellationToken.None), reports.Add, pause: TimeSpan.Zero);
        using var chunks = table.Read(ColumnSelection.For(table, source, Raw()).Requests);
        while (chunks.Next()) { }
        return reports;
    }
}
