using GpuPerceptron.Data;
using GpuPerceptron.Tabular.Internals.Hashing;

namespace GpuPerceptron.Tabular.Tests;

/// <summary><c>--hash</c>: texts of a table as sparse features.</summary>
public sealed class HashingTests : TemporaryTables
{
    private static readonly string[] Lines =
        ["user,age,label,site", "ann,30,1,a.org", "bob,40,0,b.org", "ann,,0,a.org", ",50,1,c.org", "eve,40,1,a.org"];

    [Fact]
    public void A_hash_never_changes()
    {
        // Models on disk depend on it.
        Assert.Equal(0xF4E23626EE273105UL, TextHash.End(TextHash.Begin("site"u8), "a.org"u8));
        Assert.NotEqual(TextHash.End(TextHash.Begin("user"u8), "a.org"u8), TextHash.End(TextHash.Begin("site"u8), "a.org"u8));
    }

    [Fact]
    public void Texts_become_signed_ones_and_numbers_stay_numbers()
    {
        using var table = TableReader.ReadTraining(Csv(Lines), Raw() with { HashBits = 18 });
        var features = table.Schema.Sparse!;
        Assert.Equal((true, 7, 5L), (table.Training.IsSparse, features.Count, table.Training.Samples)); // age, 3 users, 3 sites
        var rows = Rows(table); // the fourth line's first, which has the fewest values
        int site = IndexOf(rows[1].Keys, rows[3].Keys, rows[4].Keys);
        Assert.All(rows, row => Assert.All(row.Where(pair => pair.Key != 1), pair => Assert.Equal(1, Math.Abs(pair.Value))));
        Assert.Equal([50, 30, 40, 40, 40], rows.Select(row => row[1])); // the missing one is the mean
        Assert.Equal([2, 3, 3, 3, 3], rows.Select(row => row.Count));   // a missing text is nothing
        ulong hash = TextHash.End(TextHash.Begin("site"u8), "a.org"u8);
        Assert.Equal(3 + (int)(hash & 0x3FFFF), site);
        Assert.Equal(hash >> 63 == 0 ? 1f : -1f, rows[1][site]);
        Assert.Equal([1, 1, 0, 0, 1], Labels(table.Training));
        Assert.Contains("age", features.Select(feature => feature.Name));
        Assert.Contains(table.Notes, note => note.Contains("hashed to 18 bits: user, site"));
    }

    [Fact]
    public void Numbers_are_standardised_with_their_mean_and_hashes_only_scaled()
    {
        using var table = TableReader.ReadTraining(Csv(Lines), Raw() with { HashBits = 20, Standardize = true });
        var rows = Rows(table);
        double deviation = Math.Sqrt(200.0 / 5); // of 30, 40, 40, 50, 40
        Assert.Equal([10 / deviation, -10 / deviation, 0, 0, 0], rows.Select(row => (double)row[1]), (a,
            b) => Math.Abs(a - b) < 1e-6);
        var age = table.Schema.Features.Single(feature => feature.Name == "age");
        Assert.Equal((40, deviation), (age.Mean, age.StandardDeviation));
        Assert.All(table.Schema.Features.Where(feature => feature.Name != "age"), feature => Assert.Equal(0, feature.Mean));
        Assert.Equal(1 / Math.Sqrt(3.0 / 5), Math.Abs(rows[1][IndexOf(rows[1].Keys, rows[3].Keys, rows[4].Keys)]), 1e-6);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void A_model_reads_the_same_table_to_the_same_samples(bool standardize)
    {
        var source = Csv([.. Lines, .. Enumerable.Range(0,
            40_000).Select(i => $"u{i % 977},{20 + i % 60},{i % 2},s{i % 31}.org")]);
        using var table = TableReader.ReadTraining(source, Raw() with { HashBits = 18, Standardize = standardize });
        using var again = TableReader.ReadLabelled(source, table.Schema);
        Assert.Equal([1, 0, 0, 1, 1, 0, 1], Labels(again).Take(7)); // in the table's order
        Assert.Equal([3, 3, 3, 2, 3], Enumerable.Range(0, 5).Select(again.Blocks[0].Sparse!.LengthOf));
        foreach (var block in again.Blocks)
            SparseLayout.Arrange(block);
        Assert.Equal(table.Training.NonZeros, again.NonZeros);
        Assert.Equal(Labels(table.Training), Labels(again));
        foreach (var (first, second) in table.Training.Blocks.Zip(again.Blocks))
        {
            for (int row = 0; row < first.Rows; row++)
            {
                Assert.True(first.Sparse!.ColumnsOf(row).SequenceEqual(second.Sparse!.ColumnsOf(row)));
                for (int k = 0; k < first.Sparse.LengthOf(row); k++)
                    Assert.Equal(first.Sparse.ValuesOf(row)[k], second.Sparse.ValuesOf(row)[k], 1e-5f);
            }
        }

        long streamed = TableReader.Stream(source, table.Schema, block => Assert.NotNull(block.Sparse));
        Assert.Equal(table.Training.Samples, streamed);
    }

    [Fact]
    public void What_training_has_not_seen_counts_for_nothing()
    {
        using var table = TableReader.ReadTraining(Csv(Lines), Raw() with { HashBits = 18, Standardize = true });
        using var other = TableReader.ReadLabelled(Table("other.csv", "site,user,age,label", "new.org,zoe,40,1"), table.Schema);
        Assert.Equal(1, other.NonZeros);
        Assert.Contains("missing: user", Fails(Fault.Data, () => TableReader.ReadLabelled(Table("less.csv", "site,age,label",
            "a.org,40,1"), table.Schema)));
        Assert.Contains("named columns", Fails(Fault.Data, () => TableReader.ReadLabelled(Table("x.svm", "0 1:1"),
            table.Schema)));
    }

    [Fact]
    public void Two_texts_of_a_sample_that_share_an_index_are_added_up()
    {
        // Among 4,000 texts in 2^18 places some pairs meet.
        var first = Enumerable.Range(0, 4000).GroupBy(i => TextHash.End(TextHash.Begin("a"u8),
            Text(i)) & 0x3FFFF).ToDictionary(group => group.Key, group => group.First());
        int other = Enumerable.Range(0, 4000).First(i => first.ContainsKey(TextHash.End(TextHash.Begin("b"u8),
            Text(i)) & 0x3FFFF));
        ulong there = TextHash.End(TextHash.Begin("b"u8), Text(other));
        int one = first[there & 0x3FFFF];
        using var table = TableReader.ReadTraining(
            Csv("a,b,label", $"t{one},t{other},1", $"t{one},none,0", "some,other,1"), Raw() with { HashBits = 18 });
        float sum = Rows(table)[0].Values.Sum();
        ulong here = TextHash.End(TextHash.Begin("a"u8), Text(one));
        Assert.Equal((here >> 63 == 0 ? 1f : -1f) + (there >> 63 == 0 ? 1f : -1f), sum);

        static byte[] Text(int i) => System.Text.Encoding.UTF8.GetBytes($"t{i}");
    }

    [Theory]
    [InlineData(17), InlineData(25)]
    public void Bits_are_from_18_to_24(int bits) =>
        Assert.Contains($"to {bits} bits", Fails(Csv(Lines), Raw() with { HashBits = bits }, Fault.Options));

    [Fact]
    public void A_value_that_is_no_number_is_named() =>
        Assert.Contains("column \"age\", data row 2", Fails(
            TableSource.Query("SELECT * FROM (VALUES ('a', 1.0, 0), ('b', 'inf'::DOUBLE, 1)) t(user, age, label)"),
                Raw() with { HashBits = 18 }));

    /// <summary>The training samples by index.</summary>
    private static Dictionary<int, float>[] Rows(TrainingTable table)
    {
        int[] indices = table.Schema.Sparse!.Indices.ToArray();
        return [.. table.Training.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(row =>
            block.Sparse!.ColumnsOf(row).ToArray().Select(column => indices[column]).Zip(block.Sparse.ValuesOf(row).ToArray()).ToDictionary()))];
    }

    private static int IndexOf(params IEnumerable<int>[] rows) =>
        rows.Aggregate((all, row) => all.Intersect(row)).Single(index => index >= 3);
}
