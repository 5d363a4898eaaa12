using System.IO.Compression;
using GpuPerceptron.Models;
using GpuPerceptron.Testing;

namespace GpuPerceptron.Tabular.Tests;

/// <summary>NumPy's arrays, with the same values in every type, order and kind of file.</summary>
public sealed class ArrayTests : TemporaryTables
{
    private const int Samples = 20;
    private const int Columns = 3;
    private static readonly double[] Values = [.. Enumerable.Range(0, Samples * Columns).Select(i => (double)(i % 7))];
    private static readonly byte[] Classes = [.. Enumerable.Range(0, Samples).Select(i => (byte)(i % 2))];

    public static TheoryData<string, bool> TypesAndOrders
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (string type in (string[])["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
            {
                data.Add(type, false);
                data.Add(type, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(TypesAndOrders))]
    public void Every_type_in_either_order_holds_the_same_table(string type, bool fortran)
    {
        File.WriteAllBytes(PathOf("X.npy"), ArrayOf(type, fortran));
        NpyWriter.Save(PathOf("y.npy"), Classes);
        HoldsTheTable(TableSource.Array(PathOf("X.npy"), PathOf("y.npy")));
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression, false)]
    [InlineData(CompressionLevel.Fastest, false)]
    [InlineData(CompressionLevel.Fastest, true)]
    public void An_archive_has_its_vectors_for_columns(CompressionLevel level, bool fortran)
    {
        string path = NpyWriter.SaveArchive(PathOf("t.npz"), level,
            ("weights", NpyWriter.Array(Enumerable.Repeat(2f, Samples).ToArray())), ("X", ArrayOf("f4", fortran)),
            ("y", NpyWriter.Array(Classes)), ("extra", NpyWriter.Array(new float[3])));
        HoldsTheTable(TableSource.File(path));
        using var weighted = TableReader.ReadTraining(TableSource.File(path), Raw("y") with
        {
            Features = ["x0", "x1", "x2"],
            Reading = new ReadOptions { WeightColumn = "weights" },
        });
        Assert.Equal(2.0 * Samples, weighted.Training.TotalWeight);
    }

    [Fact]
    public void A_column_of_the_array_may_hold_the_labels_and_later_versions_of_the_format_are_read()
    {
        NpyWriter.Save(PathOf("X.npy"), [.. Enumerable.Range(0, 40).Select(i => i % 4 == 3 ? i / 4 % 2 : i * 0.5f)], columns: 4, version: 2);
        using var table = TableReader.ReadTraining(TableSource.File(PathOf("X.npy")), Raw("x3"));
        Assert.Equal(["x0", "x1", "x2"], table.Schema.Columns.Select(column => column.Name));
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1, 0, 1], Labels(table.Training));
    }

    [Fact]
    public void Truth_values_are_1_or_0()
    {
        NpyWriter.Save(PathOf("X.npy"), [.. Enumerable.Range(0, 8).Select(i => i % 3 == 0)], columns: 1);
        NpyWriter.Save(PathOf("y.npy"), [true, false, true, false, true, false, true, false]);
        using var table = TableReader.ReadTraining(TableSource.Array(PathOf("X.npy"), PathOf("y.npy")), Raw("y"));
        Assert.Equal([1, 0, 0, 1, 0, 0, 1, 0], Column(table.Training, 0));
        Assert.Equal([1, 0, 1, 0, 1, 0, 1, 0], Labels(table.Training));
    }

    [Theory]
    [InlineData(5000, 3)]
    [InlineData(2049, 1)]
    [InlineData(9000, 300)] // more than a piece of each column
    [InlineData(70, 3000)] // the fewest rows a chunk
    public void Rows_of_every_chunk_keep_their_places(int rows, int columns)
    {
        double[] values = [.. Enumerable.Range(0, rows * columns).Select(i => (double)i)];
        byte[] labels = [.. Enumerable.Range(0, rows).Select(i => (byte)(i / 7 % 2))];
        NpyWriter.Save(PathOf("y.npy"), labels);
        string[] paths =
        [
            NpyWriter.Save(PathOf("C.npy"), values, columns), NpyWriter.Save(PathOf("F.npy"), values, columns, fortran: true),
            NpyWriter.SaveArchive(PathOf("Z.npz"), CompressionLevel.Fastest, ("X", NpyWriter.Array(values, columns))),
        ];
        foreach (string path in paths)
        {
            using var table = TableReader.ReadTraining(TableSource.Array(path, PathOf("y.npy")), Raw("y"));
            Assert.Equal(values.Select(value => (float)value), Rows(table.Training).SelectMany(row => row));
            Assert.Equal(labels.Select(label => (float)label), Labels(table.Training));
        }
    }

    [Fact]
    public void A_model_of_a_table_reads_an_array_of_its_columns_and_the_other_way_round()
    {
        NpyWriter.Save(PathOf("X.npy"), Values, Columns);
        NpyWriter.Save(PathOf("y.npy"), Classes);
        var arrays = TableSource.Array(PathOf("X.npy"), PathOf("y.npy"));
        var csv = Csv(["outcome,x2,x1,x0", .. Enumerable.Range(0, Samples).Select(
            i => $"{Classes[i]},{Values[3 * i + 2]},{Values[3 * i + 1]},{Values[3 * i]}")]);
        using var fromArrays = TableReader.ReadTraining(arrays, new TableOptions { Label = "y" });
        using var fromCsv = TableReader.ReadTraining(csv, new TableOptions { Label = "outcome" });
        var model = fromArrays.Schema with { Label = fromCsv.Schema.Label };
        using var read = TableReader.ReadLabelled(csv, model);
        Assert.Equal(Rows(fromArrays.Training), Rows(read));
        using var labelled = TableReader.ReadLabelled(arrays, fromCsv.Schema); // whatever the label's column is called
        Assert.Equal(Rows(fromCsv.Training), Rows(labelled));
        Assert.Equal(Samples, TableReader.Stream(TableSource.File(PathOf("X.npy")), fromCsv.Schema, block => Assert.Equal(Samples, block.Rows)));
    }

    [Theory]
    [InlineData("'descr': '|O', 'fortran_order': False, 'shape': (2, 1)", "Python objects")]
    [InlineData("'descr': '<U3', 'fortran_order': False, 'shape': (2, 1)", "texts")]
    [InlineData("'descr': '<c16', 'fortran_order': False, 'shape': (2, 1)", "complex")]
    [InlineData("'descr': '>f8', 'fortran_order': False, 'shape': (2, 1)", "other order")]
    [InlineData("'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)", "records")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': (3, 1)", "3 × 1 values of 8 bytes, but 16 bytes")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)", "its header lies")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)", "cut short, or its header lies")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': (-2, 1)", "which is none")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 1)", "which is none")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': ()", "0 dimensions")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': (2,)", "reshape(-1, 1)")]
    [InlineData("'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 1)", "3 dimensions")]
    [InlineData("'descr': '<f8', 'shape': (2, 1)", "no type, order and shape")]
    public void A_header_of_something_else_is_an_error(string header, string words)
    {
        File.WriteAllBytes(PathOf("X.npy"), NpyWriter.Array($"{{{header}, }}", new byte[16]));
        Assert.Contains(words, Fails(TableSource.File(PathOf("X.npy")), Raw("x0")));
        NpyWriter.SaveArchive(PathOf("X.npz"), CompressionLevel.Fastest, ("X", File.ReadAllBytes(PathOf("X.npy"))));
        if (!header.Contains("(2,)", StringComparison.Ordinal)) // alone, a vector is no features
            Assert.Contains(words, Fails(TableSource.File(PathOf("X.npz")), Raw("x0")));
    }

    [Theory]
    [InlineData(0, "no NPY file")]
    [InlineData(9, "no NPY file")]
    [InlineData(11, "ends within its header")]
    [InlineData(100, "ends within its header")]
    [InlineData(128, "cut short")]
    [InlineData(607, "cut short")]
    public void A_file_cut_short_is_an_error(int bytes, string words)
    {
        byte[] whole = NpyWriter.Array(Values, Columns);
        Assert.Equal(608, whole.Length);
        File.WriteAllBytes(PathOf("X.npy"), whole[..bytes]);
        Assert.Contains(words, Fails(TableSource.File(PathOf("X.npy")), Raw("x0")));
    }

    [Fact]
    public void An_archive_that_is_none_or_damaged_or_lacks_features_is_an_error()
    {
        File.WriteAllText(PathOf("t.npz"), "no archive");
        Assert.Contains("no NPZ file", Fails(TableSource.File(PathOf("t.npz")), Raw("y")));
        NpyWriter.SaveArchive(PathOf("y.npz"), CompressionLevel.Fastest, ("y", NpyWriter.Array(Classes)));
        Assert.Contains("no array in it has two dimensions", Fails(TableSource.File(PathOf("y.npz")), Raw("y")));
        byte[] matrix = ArrayOf("f8", fortran: false);
        NpyWriter.SaveArchive(PathOf("two.npz"), CompressionLevel.Fastest, ("train", matrix), ("test", matrix));
        Assert.Contains("(train, test); name the features' one X", Fails(TableSource.File(PathOf("two.npz")), Raw("y")));

        double[] noise = [.. Enumerable.Range(0, 6000).Select(i => Math.Sin(i))];
        NpyWriter.SaveArchive(PathOf("d.npz"), CompressionLevel.Optimal, ("X", NpyWriter.Array(noise, 2)), ("y", NpyWriter.Array(new byte[3000])));
        byte[] bytes = File.ReadAllBytes(PathOf("d.npz"));
        File.WriteAllBytes(PathOf("short.npz"), bytes[..(bytes.Length / 2)]);
        Assert.Contains("no NPZ file", Fails(TableSource.File(PathOf("short.npz")), Raw("y")));
        bytes.AsSpan(2000, 4000).Fill(0xFF);
        File.WriteAllBytes(PathOf("d.npz"), bytes);
        Assert.Contains("array \"X\" is damaged", Fails(TableSource.File(PathOf("d.npz")), Raw("y")));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void A_value_of_an_archive_that_is_not_the_one_written_is_an_error(bool fortran)
    {
        NpyWriter.SaveArchive(PathOf("s.npz"), CompressionLevel.NoCompression, ("X", ArrayOf("f8", fortran)), ("y", NpyWriter.Array(Classes)));
        using (TableReader.ReadTraining(TableSource.File(PathOf("s.npz")), Raw("y"))) { }

        byte[] bytes = File.ReadAllBytes(PathOf("s.npz"));
        bytes[300] ^= 1; // of a value: the array's header is shorter, and nothing is compressed
        File.WriteAllBytes(PathOf("s.npz"), bytes);
        string message = Fails(TableSource.File(PathOf("s.npz")), Raw("y"));
        Assert.Contains("array \"X\" is damaged (its checksum is wrong)", message);
    }

    [Fact]
    public void Labels_of_other_samples_are_an_error()
    {
        NpyWriter.Save(PathOf("X.npy"), Values, Columns);
        NpyWriter.Save(PathOf("y.npy"), Classes[1..]);
        Assert.Contains("X.npy has 20 rows but", Fails(TableSource.Array(PathOf("X.npy"), PathOf("y.npy")), Raw("y")));
        NpyWriter.Save(PathOf("y.npy"), Values, Columns);
        Assert.Contains("one value a sample", Fails(TableSource.Array(PathOf("X.npy"), PathOf("y.npy")), Raw("y")));
        NpyWriter.Save(PathOf("y.npy"), [.. Enumerable.Range(0, Samples).Select(i => i % 3)]);
        Assert.Contains("y = (y == 2)", Fails(TableSource.Array(PathOf("X.npy"), PathOf("y.npy")), Raw("y")));
        Assert.Contains("go with an array", Fails(Fault.Options, () => TableSource.Array("X.csv", "y.npy")));
        Assert.Contains("there is no such file", Fails(TableSource.Array(PathOf("X.npy"), PathOf("nope.npy")), Raw("y")));
        Assert.Contains("there is no such file", Fails(TableSource.File(PathOf("nope.npz")), Raw("y")));
    }

    [Theory]
    [InlineData(double.NaN, "holds NaN")]
    [InlineData(double.PositiveInfinity, "an infinity")]
    [InlineData(1e39, "too large for single precision")]
    public void A_value_that_is_not_finite_is_an_error(double value, string words)
    {
        double[] values = [.. Values];
        values[3 * 7 + 1] = value;
        NpyWriter.Save(PathOf("X.npy"), values, Columns);
        NpyWriter.Save(PathOf("y.npy"), Classes);
        string message = Fails(TableSource.Array(PathOf("X.npy"), PathOf("y.npy")), Raw("y"));
        Assert.Contains("column \"x1\", data row 8 " + (words.StartsWith("holds", StringComparison.Ordinal) ? "" : "holds "), message);
        Assert.Contains(words, message);
    }

    [Fact]
    public void An_array_without_rows_is_an_error()
    {
        NpyWriter.Save(PathOf("X.npy"), Array.Empty<float>(), 3);
        NpyWriter.Save(PathOf("y.npy"), Array.Empty<float>());
        Assert.Contains("no rows", Fails(TableSource.Array(PathOf("X.npy"), PathOf("y.npy")), Raw("y")));
    }

    [Fact]
    public void A_model_of_texts_reads_no_numbers()
    {
        using var texts = TableReader.ReadTraining(
            Csv(["x0,y", .. Enumerable.Range(0, 30).Select(i => $"{(i % 3 == 0 ? "a" : "b")},{i % 2}")]), Raw("y"));
        NpyWriter.Save(PathOf("X.npy"), Values, Columns);
        Assert.Contains("of kind Category", Fails(Fault.Data, () =>
            TableReader.Stream(TableSource.File(PathOf("X.npy")), texts.Schema, _ => { })));
    }

    [Fact]
    public void What_numpy_writes_is_read()
    {
        const string Script = """
            import numpy as np, sys
            x = (np.arange(60) % 7).reshape(20, 3); y = np.arange(20) % 2
            for t in 'f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8'.split():
                np.save(f'{sys.argv[1]}/{t}C.npy', x.astype(t)); np.save(f'{sys.argv[1]}/{t}F.npy', np.asfortranarray(x.astype(t)))
            np.save(f'{sys.argv[1]}/y.npy', y.astype(bool))
            np.savez(f'{sys.argv[1]}/plain.npz', X=x, y=y); np.savez_compressed(f'{sys.argv[1]}/packed.npz', features=np.asfortranarray(x), y=y)
            """;
        string? python = Python.With("numpy");
        Assert.SkipWhen(python is null, "no python3 with numpy is on this machine");
        File.WriteAllText(PathOf("script.py"), Script);
        var (exitCode, errors) = Python.Run(python, PathOf("script.py"), PathOf("."));
        Assert.True(exitCode == 0, errors);
        foreach (string type in TypesAndOrders.Select(row => row.Data.Item1).Distinct())
        {
            HoldsTheTable(TableSource.Array(PathOf($"{type}C.npy"), PathOf("y.npy")));
            HoldsTheTable(TableSource.Array(PathOf($"{type}F.npy"), PathOf("y.npy")));
        }

        HoldsTheTable(TableSource.File(PathOf("plain.npz")));
        HoldsTheTable(TableSource.File(PathOf("packed.npz")));
    }

    private static byte[] ArrayOf(string type, bool fortran)
    {
        byte[] As<T>(Func<double, T> convert) where T : unmanaged => NpyWriter.Array(Values.Select(convert).ToArray(), Columns, fortran);
        return type switch
        {
            "f2" => As(value => (Half)value),
            "f4" => As(value => (float)value),
            "f8" => As(value => value),
            "i1" => As(value => (sbyte)value),
            "i2" => As(value => (short)value),
            "i4" => As(value => (int)value),
            "i8" => As(value => (long)value),
            "u1" => As(value => (byte)value),
            "u2" => As(value => (ushort)value),
            "u4" => As(value => (uint)value),
            _ => As(value => (ulong)value),
        };
    }

    private static void HoldsTheTable(TableSource source)
    {
        using var table = TableReader.ReadTraining(source, Raw("y") with { Features = ["x0", "x1", "x2"] });
        Assert.Equal(["x0", "x1", "x2"], table.Schema.Features.Select(feature => feature.Name));
        Assert.Equal(new LabelSchema("y", "0", "1"), table.Schema.Label);
        Assert.Equal(Values.Select(value => (float)value), Rows(table.Training).SelectMany(row => row));
        Assert.Equal(Classes.Select(label => (float)label), Labels(table.Training));
    }
}
