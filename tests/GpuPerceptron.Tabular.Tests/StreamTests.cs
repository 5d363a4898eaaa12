namespace GpuPerceptron.Tabular.Tests;

public sealed class StreamTests : TemporaryTables
{
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
