using System.IO.Compression;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using GpuPerceptron.Data;

namespace GpuPerceptron.Tabular.Tests;

/// <summary>A folder of tables that a test makes, gone after the test; and short ways to read them.</summary>
public abstract class TemporaryTables : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gpuperceptron-tests-");

    protected string PathOf(string name) => Path.Combine(_folder.FullName, name);

    protected TableSource Table(string name, params string[] lines)
    {
        File.WriteAllText(PathOf(name), string.Join('\n', lines) + "\n");
        return TableSource.File(PathOf(name));
    }

    protected TableSource Csv(params string[] lines) => Table("table.csv", lines);

    protected TableSource Compressed(string name, string content)
    {
        using var gzip = new GZipStream(File.Create(PathOf(name)), CompressionLevel.Fastest);
        gzip.Write(System.Text.Encoding.UTF8.GetBytes(content));
        return TableSource.File(PathOf(name));
    }

    /// <summary>A file that DuckDB writes: the extension says the format.</summary>
    protected TableSource Made(string name, string sql, string options = "")
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"COPY ({sql}) TO '{PathOf(name).Replace("'", "''")}' {options}";
        command.ExecuteNonQuery();
        return TableSource.File(PathOf(name));
    }

    /// <summary>A folder of the repository.</summary>
    protected static string Repository(params string[] path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "GpuPerceptron.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("GpuPerceptron.sln is in no folder above the tests");
        return Path.Combine([folder.FullName, .. path]);
    }

    protected static TableOptions Raw(string label = "label") => new() { Label = label, Standardize = false };

    protected static string Fails(Fault fault, Action read)
    {
        var error = Assert.Throws<PerceptronException>(read);
        Assert.Equal(fault, error.Fault);
        Assert.DoesNotContain('\n', error.Message);
        return error.Message;
    }

    protected static string Fails(TableSource source, TableOptions? options = null, Fault fault = Fault.Data) =>
        Fails(fault, () => TableReader.ReadTraining(source, options ?? Raw()).Dispose());

    /// <summary>The query that a message proposes, as a shell would hand it to the program.</summary>
    protected static string QueryIn(string message)
    {
        var option = Regex.Match(message, """--sql "(?<query>(?:[^"\\]|\\.)*)(?=")""");
        Assert.True(option.Success, message);
        return Regex.Replace(option.Groups["query"].Value, """\\(?<special>["$`\\])""", "${special}");
    }

    protected static float[][] Rows(Dataset dataset) =>
        [.. dataset.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(row => block.Row(row).ToArray()))];

    protected static float[] Labels(Dataset dataset) => [.. dataset.Blocks.SelectMany(block => block.Labels.ToArray())];

    protected static float[] Column(Dataset dataset, int column) => [.. Rows(dataset).Select(row => row[column])];

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
