namespace GpuPerceptron.Tabular.Tests;

public sealed class StreamTests : TemporaryTables
{
    [Fact]
    public void A_stream_is_read_as_its_file_would_be()
    {
        string[] lines = ["a,text,label", .. Enumerable.Range(0, 3000).Select(i => $"{i % 11},{"xyz"[i % 3]},{i % 2}")];
        using var expected = TableReader.ReadTraining(Csv(lines), Raw());
        using var actual = TableReader.ReadTraining(Streamed(lines), Raw());
        Assert.Equal(Rows(expected.Training), Rows(actual.Training));
        Assert.Equal(expected.Notes, actual.Notes);
        Assert.Equal(3000, TableReader.Stream(Streamed(lines), expected.Schema, _ => { }));
    }

    [Fact]
    public void A_compressed_stream_is_read_too_and_told_to_end_early()
    {
        string[] lines = ["a,b,label", .. Enumerable.Range(0, 3000).Select(i => $"{i % 11},{i * 7919 % 1013},{i % 2}")];
        using var expected = TableReader.ReadTraining(Csv(lines), Raw());
        byte[] whole = Compressed(lines);
        using (var actual = TableReader.ReadTraining(TableSource.Csv(new MemoryStream(whole), "stdin"), Raw()))
            Assert.Equal(Rows(expected.Training), Rows(actual.Training));
        Assert.StartsWith("stdin: the gzip stream ends early", Fails(TableSource.Csv(new MemoryStream(whole[..^100]), "stdin")), StringComparison.Ordinal);
    }

    private static byte[] Compressed(string[] lines)
    {
        var content = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(content, System.IO.Compression.CompressionMode.Compress))
            gzip.Write(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        return content.ToArray();
    }

    [Theory]
    [InlineData("stdin, line 3: 2 columns where the first line has 3", "a,b,label", "1,2,0", "2,3", "4,5,1")]
    [InlineData("stdin, line 30002: column \"a\" holds \"q\", which is no number", "a,b,label", "1,2,0", "q,3,1", "4,5,1", "5,5,1")]
    [InlineData("stdin, line 1: columns have the same name", "a,A,label", "1,2,0")]
    [InlineData("stdin: the file is empty", "")]
    public void A_stream_s_faults_are_told_by_its_name(string words, params string[] lines)
    {
        lines = lines is ["a,b,label", _, "q,3,1", ..] ? [lines[0], .. Enumerable.Repeat(lines[1], 30_000), .. lines[2..]] : lines;
        Assert.Contains(words, Fails(Streamed(lines)));
    }

    [Fact]
    public void Waiting_for_a_stream_can_be_cancelled()
    {
        // The writer's end goes first, which ends the read: the reader's, closed before, would wait for that read for ever.
        using var end = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.In);
        using var writer = new System.IO.Pipes.AnonymousPipeClientStream(System.IO.Pipes.PipeDirection.Out, end.ClientSafePipeHandle);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => TableReader.ReadTraining(TableSource.Csv(end, "stdin"), Raw(), source.Token));
    }

    private static TableSource Streamed(params string[] lines) =>
        TableSource.Csv(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")), "stdin");

    [Fact]
    public void Streaming_keeps_the_order_and_encodes_as_evaluation_does()
    {
        var source = Made("t.csv",
            "SELECT i AS n, CASE WHEN i % 10 = 0 THEN NULL ELSE sin(i) END AS s, chr(97 + (i % 5)::INT) AS c, i % 2 AS label FROM range(150000) t(i)");
        using var table = TableReader.ReadTraining(source, new TableOptions { Label = "label" });
        using var labelled = TableReader.ReadLabelled(source, table.Schema);
        var streamed = new List<float[]>();
        long samples = TableReader.Stream(source, table.Schema, block =>
        {
            for (int row = 0; row < block.Rows; row++)
                streamed.Add(block.Row(row).ToArray());
        });
        Assert.Equal(150_000, samples);
        float[][] expected = Rows(labelled);
        Assert.Equal(expected.Length, streamed.Count);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(expected[i].AsSpan().SequenceEqual(streamed[i]));
    }

    [Fact]
    public void No_label_is_needed_and_no_row_either()
    {
        using var table = TableReader.ReadTraining(Csv("a,label", "1,0", "2,1"), Raw());
        Assert.Equal(1, TableReader.Stream(Table("new.csv", "a", "7"), table.Schema, block => Assert.Equal(7, block.Row(0)[0])));
        Assert.Equal(0, TableReader.Stream(Table("new.csv", "a"), table.Schema, _ => Assert.Fail("there is no row")));
    }

    [Fact]
    public void Reading_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        using var table = TableReader.ReadTraining(Csv("a,label", "1,0", "2,1"), Raw());
        var endless = TableSource.Query("SELECT i AS a FROM range(100000000000) t(i)");
        Assert.Throws<OperationCanceledException>(
            () => TableReader.Stream(endless, table.Schema, _ => cancellation.Cancel(), cancellation: cancellation.Token));
    }
}
